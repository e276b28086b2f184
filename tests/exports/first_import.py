#!/usr/bin/env python3
"""The first DLL that each of ours imports is Wine's own, to which it forwards names.

  first_import.py OUR_DLL...

Otherwise the loader may attach that at the wrong moment (wine/dll/import_order.py).
"""

import os
import sys

from pe_exports import PeFile


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        first = PeFile(path).imports()[0]
        wanted = os.path.splitext(os.path.basename(path))[0] + "_wine.dll"
        if first != wanted:
            sys.exit(f"{path} imports {first} first, not {wanted}")


if __name__ == "__main__":
    main()
