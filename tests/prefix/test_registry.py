"""Edits of registry files: what is found where after any of them, and that many take no time."""

import random
import time
import unittest

import fakes  # noqa: F401 (the path of the tool)
from prefixtool.registry import Registry, string_value

HEAD = "WINE REGISTRY Version 2\n\n"


def random_text(random_, newline):
    text = HEAD
    for _ in range(random_.randrange(6)):
        values = random_.randrange(3)
        text += f"[A\\\\k{random_.randrange(8)}] 1\n#time=1\n"
        text += "".join(f'"v{number}"="x"\n' for number in range(values))
        text += "\n" * random_.randrange(3)
    return text.replace("\n", newline)


class Edits(unittest.TestCase):
    def test_keys_are_found_as_if_the_file_were_read_anew(self):
        random_ = random.Random(1)
        for newline in ("\n", "\r\n"):
            for _ in range(100):
                registry = Registry(random_text(random_, newline).encode())
                for _ in range(30):
                    self.edit(registry, random_)
                    self.assertEqual(list(registry._sections().items()),
                                     list(Registry(registry.encode())._sections().items()))

    def edit(self, registry, random_):
        key, name = f"A\\k{random_.randrange(8)}", f"v{random_.randrange(4)}"
        edit = random_.randrange(4)
        if edit == 0:
            registry.set(key, name, string_value(name, "y" * random_.randrange(5)))
        elif edit == 1:
            registry.remove(key, name)
        elif edit == 2 and not registry.has_section(key):
            registry.add_section(key, "0")
        elif edit == 3:
            registry.remove_section(key)

    def test_a_hundred_values_among_all_keys_of_a_prefix(self):
        text = HEAD + "".join(f'[Software\\\\Classes\\\\k{number}] 1\n#time=1\n@="a"\n\n'
                              for number in range(40000))
        registry = Registry(text.encode())
        keys = [f"Software\\Classes\\Interface\\{number}" for number in range(100)]
        start = time.process_time()
        for key in keys:
            registry.set(key, "", string_value("", "a"))
        for key in reversed(keys):
            registry.remove(key, "")
            registry.remove_section(key)
        self.assertEqual(registry.text, text)
        # Half a second; a search of all keys after each edit took two minutes.
        self.assertLess(time.process_time() - start, 20)
