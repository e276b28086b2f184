#!/usr/bin/env python3
"""No function that we forward to Wine's DLL may get an object of ours.

  forwarded_objects.py TABLE COMPILER

Wine's code would take a binding handle, a call or a context handle of ours for one of its own, and write
into it. TABLE is rpcrt4.exports, COMPILER the C compiler whose RPC headers have the prototypes. Every
forwarded function whose prototype has a parameter of such a type is an error, unless it is listed
here with the reason why it does no harm.
"""
import re
import subprocess
import sys

HEADERS = ("windows.h", "rpc.h", "rpcdcep.h", "rpcndr.h", "rpcasync.h", "rpcnsi.h", "midles.h",
           "rpcproxy.h", "rpcssl.h")

# Types by which the runtime's objects travel.
OBJECT = re.compile(
    r"RPC_BINDING_HANDLE|\bhandle_t\b|RPC_BINDING_VECTOR|RPC_MESSAGE\b|MIDL_STUB_MESSAGE|NDR_CCONTEXT|NDR_SCONTEXT"
    r"|RPC_ASYNC_STATE|PRPC_ASYNC_STATE|RPC_EP_INQ_HANDLE")

# Forwarded all the same: the names as a pattern, and why.
HARMLESS = (
    (r"Mes\w+|NdrMes\w+", "a handle_t here is a pickling handle, which Wine's DLL has made"),
    (r"Ndr\w+(BufferSize|MemorySize|Marshall|Unmarshall|Free)|NdrClearOutParameters|NdrConvert2?|NdrAllocate"
     r"|NdrCorrelation(Initialize|Pass)", "the type engine: looks at the buffer, not at the message's handle"),
    (r"Ndr(Client|Server)InitializeNew", "keep the address of the message"),
    (r"NdrProxy\w+|NdrStub(Initialize|GetBuffer|ForwardingFunction)|NdrGetDcomProtocolVersion",
     "go by the channel of COM"),
    (r"NdrRpcS[sm]\w+", "the allocator of a thread"),
    (r"NdrPartialIgnore\w+|NdrServerInitializePartial", "bare stubs in Wine, of pipes"),
)


def forwarded_names(path):
    with open(path, encoding="ascii") as table:
        words = (line.split("#", 1)[0].split() for line in table)
        return {line[0] for line in words if len(line) > 1 and line[1].startswith("forward")}


def prototypes(compiler):
    """The parameter lists of all functions of the headers, by name."""
    source = "".join(f"#include <{name}>\n" for name in HEADERS)
    text = subprocess.run([compiler, "-D_WIN32_WINNT=0x0A00", "-E", "-P", "-"], input=source, capture_output=True,
                          text=True, check=True).stdout
    return {match[1]: " ".join(match[2].split())
            for match in re.finditer(r"\b(\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*;", text)}


def is_harmless(name):
    return any(re.fullmatch(pattern, name) for pattern, _ in HARMLESS)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    forwarded = forwarded_names(sys.argv[1])
    known = prototypes(sys.argv[2])
    if "RpcBindingFree" not in known or not OBJECT.search(known["RpcBindingFree"]):
        sys.exit("forwarded_objects: the prototypes were not found in the compiler's headers")
    wrong = sorted(name for name in forwarded & set(known) if OBJECT.search(known[name]) and not is_harmless(name))
    for name in wrong:
        print(f"{name}({known[name]}) is forwarded")
    print(f"{len(forwarded & set(known))} forwarded functions have a prototype; {len(wrong)} of them get an object of ours")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
