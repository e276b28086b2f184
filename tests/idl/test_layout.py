"""The format strings of every kind of parameter, synchronous and asynchronous, x64 and x86.

The expected offsets come from the calling conventions, not from the compiler: PLACES says what
each parameter of samples/kinds.idl is on the stack, and the sizes follow from that.
"""

import os
import re
import unittest

from compiler_runs import ARCHES, POINTER, SAMPLES, IdlTest
from stub_format import FC_BIND_CONTEXT, FC_BIND_PRIMITIVE, FC_CALLBACK, Stub

# What a parameter is on the stack: a word (anything up to a pointer), a handle_t (a word, but
# no parameter of the format string), a quad (8 bytes), a structure of so many bytes, the
# result.
WORD, HANDLE, QUAD, RESULT = "word", "handle", "quad", "result"

PLACES = {
    "Simple": [("h", HANDLE)] + [(n, WORD) for n in "abc"] + [("d", QUAD)]
              + [(n, WORD) for n in "efgijk"] + [("", RESULT)],
    "Floats": [("h", HANDLE), ("a", WORD), ("b", QUAD), ("c", WORD), ("d", WORD), ("e", QUAD),
               ("f", WORD), ("g", QUAD), ("i", WORD), ("", RESULT)],
    "Bare": [("h", HANDLE)],
    "Nothing": [],
    "Returns": [("", RESULT)],
    "Strings": [("h", HANDLE)] + [(n, WORD) for n in "abcd"],
    "Arrays": [("h", HANDLE)] + [(n, WORD) for n in ("n", "a", "m", "b", "len", "c", "d")],
    "Computed": [("h", HANDLE)] + [(n, WORD) for n in "nma"],
    "Late": [("h", HANDLE)] + [(n, WORD) for n in "abn"],
    "Structs": [("h", HANDLE), ("a", WORD), ("b", WORD), ("c", WORD), ("d", 4), ("e", 32),
                ("f", 16)],
    "Unions": [("h", HANDLE)] + [(n, WORD) for n in ("which", "a", "b", "later")],
    "UnionByValue": [("h", HANDLE), ("which", WORD), ("a", 8)],
    "Pointers": [("h", HANDLE)] + [(n, WORD) for n in "abcde"],
    "Middle": [("a", WORD), ("h", HANDLE), ("b", WORD), ("", RESULT)],
    "Open": [("h", HANDLE), ("a", WORD), ("ctx", WORD), ("", RESULT)],
    "Use": [("ctx", WORD), ("n", WORD), ("a", WORD), ("", RESULT)],
    "UseSecond": [("n", WORD), ("ctx", WORD)],
    "Close": [("ctx", WORD), ("", RESULT)],
}

FC_NONE, FC_DEREFERENCE, FC_DIV_2, FC_ADD_1 = 0x00, 0x54, 0x55, 0x57

# (parameter, operator) of the sizes, lengths and discriminants
CORRELATIONS = {
    ("Arrays", "a"): [("n", FC_NONE)],
    ("Arrays", "b"): [("m", FC_NONE), ("len", FC_DEREFERENCE)],
    ("Arrays", "c"): [("n", FC_DIV_2)],
    ("Arrays", "d"): [("n", FC_ADD_1)],
    ("Late", "a"): [("n", FC_NONE)],
    ("Late", "b"): [("n", FC_NONE)],
    ("Unions", "a"): [("which", FC_NONE)],
    ("Unions", "b"): [("later", FC_DEREFERENCE)],
    ("UnionByValue", "a"): [("which", FC_NONE)],
    ("Middle", "b"): [("a", FC_NONE)],
    ("Use", "a"): [("n", FC_NONE)],
}

# The two-bit codes of the first four places of Floats and AFloats: 1 float, 2 double.
FLOAT_MASKS = {"Floats": (0, 1, 2, 0, 1, 2, 1, 2), "AFloats": (0, 0, 1, 2, 0, 1, 2, 1)}

FC_FLOAT, FC_HYPER, FC_DOUBLE = 0x0A, 0x0B, 0x0C


class Expected:
    """Where the parameters of a procedure are, by the calling convention of `arch`."""

    def __init__(self, name, arch, is_async):
        pointer = POINTER[arch]
        at = pointer if is_async else 0
        self.offsets = []
        self.by_name = {}
        self.handle = None
        for parameter, place in PLACES[name]:
            self.by_name[parameter] = at
            if place == HANDLE:
                self.handle = at
            else:
                self.offsets.append(at)
            at += self._size(place, pointer)
        self.stack_size = at

    @staticmethod
    def _size(place, pointer):
        if place == QUAD:
            return 8
        if isinstance(place, int) and pointer == 4:
            return (place + 3) // 4 * 4
        # on x64 a structure of 1, 2, 4 or 8 bytes is in a word, any other is by reference
        return pointer


class LayoutTest(IdlTest):
    def stubs(self, arch):
        _, client, server = self.must_compile(
            os.path.join(SAMPLES, "kinds.idl"), "-D", "WITH_HYPER", arch=arch
        )
        return Stub(client), Stub(server)

    def each(self, check):
        """Calls `check(arch, name, is_async, procedure, server stub)` for all twins."""
        for arch in ARCHES:
            _, server = self.stubs(arch)
            procedures = server.procedures("Kinds")
            for name in PLACES:
                for is_async in (False, True):
                    full = "A" + name if is_async else name
                    with self.subTest(arch=arch, procedure=full):
                        check(arch, name, is_async, procedures[full], server)

    def test_offsets_follow_the_calling_convention(self):
        def check(arch, name, is_async, procedure, _):
            expected = Expected(name, arch, is_async)
            self.assertEqual(procedure.is_async, is_async)
            self.assertEqual(procedure.offsets, expected.offsets)
            self.assertEqual(procedure.stack_size, expected.stack_size)
            if expected.handle is not None:
                self.assertEqual(procedure.handle[0], FC_BIND_PRIMITIVE)
                self.assertEqual(procedure.handle_offset, expected.handle)

        self.each(check)

    def test_correlations_point_at_their_parameters(self):
        seen = set()

        def check(arch, name, is_async, procedure, server):
            expected = Expected(name, arch, is_async)
            listed = [p for p, place in PLACES[name] if place != HANDLE]
            for parameter, entry in zip(listed, procedure.parameters):
                if (name, parameter) not in CORRELATIONS:
                    continue
                seen.add((name, parameter))
                found = server.correlations(entry.type_offset)
                found = [c for c in found if c != (0xF, 0xFF, 0xFFFF)]
                wanted = [
                    (2, operator, expected.by_name[other])
                    for other, operator in CORRELATIONS[(name, parameter)]
                ]
                self.assertEqual(found, wanted, parameter)

        self.each(check)
        self.assertEqual(seen, set(CORRELATIONS))

    def test_asynchronous_differs_by_the_handle_only(self):
        for arch in ARCHES:
            _, server = self.stubs(arch)
            procedures = server.procedures("Kinds")
            for name in PLACES:
                with self.subTest(arch=arch, procedure=name):
                    plain, other = procedures[name], procedures["A" + name]
                    self.assertEqual(other.oi2_flags, plain.oi2_flags | 0x80)
                    self.assertEqual(plain.oi2_flags & 0x80, 0)
                    self.assertEqual(other.oi_flags, plain.oi_flags)
                    self.assertEqual(other.handle_type, plain.handle_type)
                    self.assertEqual(other.client_buffer, plain.client_buffer)
                    self.assertEqual(other.server_buffer, plain.server_buffer)
                    self.assertEqual(
                        [(p.flags, p.base_type) for p in other.parameters],
                        [(p.flags, p.base_type) for p in plain.parameters],
                    )

    def test_context_handle_descriptors(self):
        def check(arch, name, is_async, procedure, _):
            if name not in ("Use", "UseSecond", "Close"):
                return
            expected = Expected(name, arch, is_async)
            self.assertEqual(procedure.handle[0], FC_BIND_CONTEXT)
            self.assertEqual(procedure.handle_offset, expected.by_name["ctx"])
            # the number of the parameter does not count the async handle
            self.assertEqual(procedure.handle[5], 1 if name == "UseSecond" else 0)

        self.each(check)

    def test_float_masks(self):
        _, server = self.stubs("x64")
        procedures = server.procedures("Kinds")
        for name, codes in FLOAT_MASKS.items():
            # 16 bits hold the codes of eight places
            mask = sum(code << (2 * place) for place, code in enumerate(codes))
            self.assertEqual(procedures[name].float_mask, mask, name)
        _, server = self.stubs("x86")
        self.assertIsNone(server.procedures("Kinds")["AFloats"].float_mask)

    def test_results_without_a_register(self):
        for arch in ARCHES:
            _, server = self.stubs(arch)
            procedures = server.procedures("Kinds")
            pointer = POINTER[arch]
            for name, base_type, size in (
                ("ReturnsFloat", FC_FLOAT, 4),
                ("ReturnsDouble", FC_DOUBLE, 8),
                ("ReturnsHyper", FC_HYPER, 8),
            ):
                with self.subTest(arch=arch, procedure=name):
                    procedure = procedures[name]
                    result = procedure.parameters[-1]
                    self.assertEqual(result.flags, 0x70)
                    self.assertEqual(result.base_type, base_type)
                    self.assertEqual(result.offset, 3 * pointer)
                    self.assertEqual(procedure.stack_size, 3 * pointer + max(size, pointer))
                    self.assertEqual(procedure.client_buffer, 8)
                    self.assertEqual(procedure.server_buffer, 2 * size)

    def test_expression_routines_see_the_async_handle(self):
        for arch in ARCHES:
            client, server = self.stubs(arch)
            for stub in (client, server):
                routine = re.search(
                    r"AComputedExprEval_\d+\([^{]*\{\s*struct _PARAM_STRUCT\s*\{([^}]*)\}",
                    stub.text,
                ).group(1)
                fields = [f.split()[-1] for f in routine.split(";") if f.strip()]
                self.assertEqual(fields, ["AComputed_AsyncHandle", "h", "n", "m", "*a"])
                self.assertIn("PRPC_ASYNC_STATE AComputed_AsyncHandle", routine)
            procedure = server.procedures("Kinds")["AComputed"]
            (where, operator, _), = server.correlations(procedure.parameters[2].type_offset)
            self.assertEqual((where, operator), (2, FC_CALLBACK))

    def test_tables_agree_with_the_format_string(self):
        for arch in ARCHES:
            with self.subTest(arch=arch):
                client, server = self.stubs(arch)
                self.assertEqual(client.proc, server.proc)
                self.assertEqual(client.types, server.types)
                self.assertEqual(len(server.proc), server.proc_size)
                self.assertEqual(len(server.types), server.type_size)
                end = 0
                procedures = server.procedures("Kinds")
                table = server.offset_table("Kinds")
                for index, (offset, name) in enumerate(table):
                    self.assertEqual(offset, end, name)
                    self.assertEqual(procedures[name].number, index, name)
                    end += procedures[name].size
                    call = client.client_body(name)
                    self.assertIn(f"__MIDL_ProcFormatString.Format[{offset}]", call)
                self.assertEqual(end + 1, server.proc_size)
                dispatch = server.dispatch_table("Kinds")
                self.assertEqual(dispatch[len(table) :], ["0"])
                for (_, name), entry in zip(table, dispatch):
                    wanted = "NdrServerCall2"
                    if procedures[name].is_async:
                        wanted = "NdrAsyncServerCall"
                    self.assertEqual(entry, wanted, name)

    def test_async_in_the_idl(self):
        _, server = self.stubs("x64")
        procedures = server.procedures("Kinds")
        self.assertTrue(procedures["InIdl"].is_async)
        self.assertTrue(procedures["InIdlToo"].is_async)
        # RPC_NCA_FLAGS_IDEMPOTENT
        self.assertEqual(procedures["InIdlToo"].rpc_flags, 1)

    def test_references_to_strings(self):
        """What each kind of pointer to strings refers to: the types on the way, outermost first."""
        pointer, unique, text, wide = "RP", "UP", "C_CSTRING", "C_WSTRING"
        parameters = {
            "[out, string] char **a": [pointer, unique, text],
            "[in, out, string] wchar_t **a": [pointer, unique, wide],
            "[in, unique, string] char **a": [unique, unique, text],
            "[out] NAME *a": [pointer, unique, text],
            "[out, string, size_is(, n)] wchar_t **a": [pointer, unique, wide],
            "[in, string, size_is(n)] char **a": ["ARRAY", unique, text],
            "[in, unique, string, size_is(n)] char **a": [unique, "ARRAY", unique, text],
            "[out, string, size_is(n)] wchar_t *a[*]": ["ARRAY", unique, wide],
            "[in, string] char *a": [text],
            "[in, unique, string] char *a": [unique, text],
        }
        lines = [
            f"    [async] void Run{i}(handle_t h, [in] long n, {text});"
            for i, text in enumerate(parameters)
        ]
        self.write(
            "job.idl",
            "[uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a10), pointer_default(unique)]\n"
            "interface Job\n{\n    typedef [string] char *NAME;\n" + "\n".join(lines) + "\n}\n",
        )
        for arch in ARCHES:
            _, _, server = self.must_compile("job.idl", arch=arch)
            stub = Stub(server)
            procedures = stub.procedures("Job")
            for i, (text, kinds) in enumerate(parameters.items()):
                with self.subTest(arch=arch, parameter=text):
                    entry = procedures[f"Run{i}"].parameters[1]
                    self.assertEqual(stub.kinds(entry.type_offset), kinds)


if __name__ == "__main__":
    unittest.main()
