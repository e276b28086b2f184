"""Compares with what Microsoft's MIDL 7.0 and 8.1 write for procedures of the same shape.

The numbers are those of published MIDL output for interfaces of Windows and of programs
(application elevation, event notification, a virus scanner, error handling samples). Not
compared are sizes of buffers (hints, which widl reckons differently), offsets into the type
format string, and the flags that say how context handles and correlations are checked (widl
knows neither strict_context_handle by default nor /robust).
"""

import os
import unittest

from compiler_runs import SAMPLES, IdlTest
from stub_format import FC_BIND_CONTEXT, FC_BIND_PRIMITIVE, Stub

FC_LONG, FC_ERROR_STATUS_T, FC_INT3264, FC_UINT3264 = 0x08, 0x10, 0xB8, 0xB9

# name: (stack size, handle type, handle offset, Oi2 flags, [(flags, offset, base type)])
MIDL_X64 = {
    "Launch": (112, FC_BIND_PRIMITIVE, 8, 0xC7, [
        (0x000B, 16, None), (0x000B, 24, None), (0x0048, 32, FC_LONG), (0x0048, 40, FC_LONG),
        (0x010B, 48, None), (0x010B, 56, None), (0x010B, 64, None), (0x0048, 72, FC_UINT3264),
        (0x0048, 80, FC_LONG), (0x6113, 88, None), (0x2150, 96, FC_LONG),
        (0x0070, 104, FC_LONG)]),
    "AwaitEvent": (32, FC_BIND_CONTEXT, 8, 0xC5, [
        (0x0008, 8, None), (0x0113, 16, None), (0x0070, 24, FC_LONG)]),
    "ReturnErrors": (24, FC_BIND_PRIMITIVE, 0, 0x44, [
        (0x2150, 8, FC_ERROR_STATUS_T), (0x0070, 16, FC_ERROR_STATUS_T)]),
    "Throw": (8, FC_BIND_PRIMITIVE, 0, 0x40, []),
}
MIDL_X86 = {
    "Launch": (56, FC_BIND_PRIMITIVE, 4, 0xC6, [
        (0x000B, 8, None), (0x000B, 12, None), (0x0048, 16, FC_LONG), (0x0048, 20, FC_LONG),
        (0x010B, 24, None), (0x010B, 28, None), (0x010B, 32, None), (0x0048, 36, FC_LONG),
        (0x0048, 40, FC_LONG), (0x4112, 44, None), (0x2150, 48, FC_LONG),
        (0x0070, 52, FC_LONG)]),
    "GetCount": (12, FC_BIND_PRIMITIVE, 4, 0xC0, [(0x2150, 8, FC_LONG)]),
    "Send": (108, None, None, 0xC0, [(0x008A, 4, None)]),
}
# MIDL says long or unsigned long where widl says __int3264, which is the same
SAME_BASE_TYPE = {
    "x64": {FC_INT3264: FC_UINT3264},
    "x86": {FC_INT3264: FC_LONG, FC_UINT3264: FC_LONG},
}


class KnownMidlTest(IdlTest):
    def check(self, arch, known):
        _, client, server = self.must_compile(
            os.path.join(SAMPLES, "known_midl.idl"), arch=arch
        )
        procedures = Stub(server).procedures("KnownMidl")
        for name, (stack_size, handle, handle_offset, oi2_flags, parameters) in known.items():
            with self.subTest(arch=arch, procedure=name):
                procedure = procedures[name]
                self.assertEqual(procedure.stack_size, stack_size)
                self.assertEqual(procedure.handle[0] if procedure.handle else None, handle)
                self.assertEqual(procedure.handle_offset, handle_offset)
                self.assertEqual(procedure.oi2_flags, oi2_flags)
                same = SAME_BASE_TYPE[arch]
                found = [
                    (p.flags, p.offset, same.get(p.base_type, p.base_type))
                    for p in procedure.parameters
                ]
                self.assertEqual(found, parameters)
        return Stub(client), procedures

    def test_x64(self):
        client, procedures = self.check("x64", MIDL_X64)
        self.assertEqual(procedures["ReturnErrors"].oi_flags, 0x68)
        self.assertEqual(procedures["Throw"].oi_flags, 0x48)
        self.assertRegex(
            client.text,
            r"(?s)KnownMidl_CommFaultOffsets\[\] =\s*\{.*"
            r"\{ -1, 8 \},  /\* ReturnErrors \*/\s*\{ -2, -2 \},  /\* Throw \*/\s*\};",
        )
        self.assertEqual(client.text.count("    KnownMidl_CommFaultOffsets,\n"), 1)

    def test_x86(self):
        self.check("x86", MIDL_X86)


if __name__ == "__main__":
    unittest.main()
