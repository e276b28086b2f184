"""Proxies of COM interfaces with [async_uuid]: what depends on what, in MIDL's layout.

Offsets are counted in places of the stack, the object being the first.
"""

import re
import unittest

from compiler_runs import ARCHES, POINTER, IdlTest
from stub_format import Stub

HEAD = 'import "unknwn.idl";\n'
OI2_ASYNC_UUID = 0x20
TOP_LEVEL, FC_DEREFERENCE, FC_CALLBACK = 2, 0x54, 0x59
IN, OUT, RETURN = 0x08, 0x10, 0x20


def interface(name, number, async_number, body, base="IUnknown"):
    uuids = f"uuid({number:08x}-1cc7-4ca3-9295-5adbfe2b9146)"
    if async_number is not None:
        uuids += f", async_uuid({async_number:08x}-1cc7-4ca3-9295-5adbfe2b9147)"
    return (f"[object, {uuids}, pointer_default(unique)]\n"
            f"interface {name} : {base}\n{{\n{body}\n}}\n")


class AsyncUuidTest(IdlTest):
    def proxies(self, *interfaces):
        """(arch, header text, `Stub` of the proxy file) of each arch, compiled."""
        idl = self.write("job.idl", HEAD + "".join(interfaces))
        for arch in ARCHES:
            paths = self.must_compile_proxies(idl, arch=arch)
            result = self.gcc(arch, paths[1])
            self.assertEqual(result.returncode, 0, result.stderr)
            yield arch, self.read(paths[0]), Stub(paths[1])

    def methods(self, body):
        """(arch, methods of IJob, those of AsyncIJob, `Stub`) of each arch."""
        for arch, _, stub in self.proxies(interface("IJob", 1, 2, body)):
            yield arch, stub.procedures("IJob"), stub.procedures("AsyncIJob"), stub

    def correlations(self, arch, stub, parameter):
        """(operator, place on the stack) of each, all being those of parameters."""
        found = stub.correlations(parameter.type_offset)
        self.assertEqual({where for where, _, _ in found}, {TOP_LEVEL})
        return [(operator, offset // POINTER[arch]) for _, operator, offset in found]

    def check_in_parameter(self, declaration, place, operator=0, before="[in] short x"):
        """The parameter `out` of declaration depends on the [in] at `place` of the synchronous
        method's stack; and so says `Finish_`, where it is the only one."""
        body = f"    HRESULT Run({before}, {declaration});"
        for arch, whole, split, stub in self.methods(body):
            with self.subTest(arch=arch, declaration=declaration):
                first = whole["Run"].parameters[-2]
                self.assertEqual(self.correlations(arch, stub, first)[0], (operator, place))
                finish = split["Finish_Run"]
                self.assertEqual(len(finish.parameters), 2)
                last = finish.parameters[0]
                self.assertEqual(last.type_offset, first.type_offset)
                self.assertEqual(last.flags, first.flags)
                self.check_frame(arch, finish)

    def check_frame(self, arch, finish):
        """No [in] parameter, no gap, nothing sent, nothing in floating point registers."""
        size = POINTER[arch]
        places = [(i + 1) * size for i in range(len(finish.parameters))]
        self.assertEqual(finish.offsets, places)
        self.assertEqual(finish.stack_size, places[-1] + size)
        self.assertFalse(any(p.flags & IN for p in finish.parameters))
        self.assertTrue(finish.parameters[-1].flags & RETURN)
        self.assertEqual(finish.client_buffer, 0)
        self.assertFalse(finish.oi2_flags & 0x02)  # client must size
        self.assertFalse(finish.float_mask)
        self.assertTrue(finish.oi2_flags & OI2_ASYNC_UUID)

    def test_finish_depends_on_an_in_parameter(self):
        for declaration in (
            "[in] long n, [in] double d, [out, size_is(n)] long *out",
            "[in] REFIID iid, [out, iid_is(iid)] IUnknown **out",
            "[in] long n, [out, size_is(, n)] long **out",
        ):
            self.check_in_parameter(declaration, 2)

    def test_finish_depends_on_an_in_parameter_behind_a_pointer(self):
        self.check_in_parameter("[in] long *n, [out, size_is(*n)] long *out", 2, FC_DEREFERENCE)

    def test_finish_depends_on_an_expression_of_in_parameters(self):
        body = ("    HRESULT Run([in] short x, [in] long n, [in] long m,\n"
                "        [out, size_is(n * m)] long *out);")
        for arch, whole, split, stub in self.methods(body):
            first, last = whole["Run"].parameters[-2], split["Finish_Run"].parameters[0]
            self.assertEqual(last.type_offset, first.type_offset)
            [(_, operator, routine)] = stub.correlations(last.type_offset)
            self.assertEqual(operator, FC_CALLBACK)
            table = re.search(r"ExprEvalRoutines\[\] =\s*\{(.*?)\}", stub.text, re.S).group(1)
            name = [entry.strip() for entry in table.split(",")][routine]
            self.assertIn(f"{name}(PMIDL_STUB_MESSAGE", stub.text)
            self.assertTrue(name.startswith("IJob_Run"), name)
            self.check_frame(arch, split["Finish_Run"])

    def test_union_depends_on_an_in_parameter(self):
        union = "typedef [switch_type(long)] union { [case(0)] long l; [case(1)] double d; } U;\n"
        body = ("    HRESULT Run([in] short x, [in] long kind, [out, switch_is(kind)] U *a);\n"
                "    HRESULT Other([in] long kind, [out, switch_is(kind)] U *a);")
        for arch, _, stub in self.proxies(union, interface("IJob", 1, 2, body)):
            whole, split = stub.procedures("IJob"), stub.procedures("AsyncIJob")
            for name, place in (("Run", 2), ("Other", 1)):
                with self.subTest(arch=arch, method=name):
                    last = split["Finish_" + name].parameters[0]
                    self.assertEqual(self.correlations(arch, stub, last), [(0, place)])
                    self.assertEqual(last.type_offset, whole[name].parameters[-2].type_offset)

    def test_size_and_length_of_in_and_out_parameters(self):
        """One from either side: both are looked for on the synchronous method's stack."""
        body = ("    HRESULT Run([in] double d, [in] long max, [out] long *got,\n"
                "        [out, size_is(max), length_is(*got)] long *data);")
        for arch, whole, split, stub in self.methods(body):
            wide = POINTER["x64"] // POINTER[arch]  # a double takes two places of x86
            finish = split["Finish_Run"]
            self.assertEqual(len(finish.parameters), 3)
            self.assertEqual(finish.parameters[1].type_offset,
                             whole["Run"].parameters[3].type_offset)
            self.assertEqual(self.correlations(arch, stub, finish.parameters[1]),
                             [(0, 1 + wide), (FC_DEREFERENCE, 2 + wide)])
            self.check_frame(arch, finish)

    def test_each_method_has_its_own_stack(self):
        """The same correlation has three places, where widl knows but one."""
        body = ("    HRESULT Run([in] short x, [out] long *y, [in, out] long *n,\n"
                "        [in, out, size_is(*n)] long *a);")
        for arch, whole, split, stub in self.methods(body):
            for procedure, place in ((whole["Run"], 3), (split["Begin_Run"], 2),
                                     (split["Finish_Run"], 2)):
                last = procedure.parameters[-2]
                self.assertEqual(
                    self.correlations(arch, stub, last)[0], (FC_DEREFERENCE, place))
            self.check_frame(arch, split["Finish_Run"])

    def test_accessors_of_a_property(self):
        body = ("    [propget] HRESULT P([in] short x, [in] long n,\n"
                "        [out, retval, size_is(n)] long *p);\n"
                "    [propput] HRESULT P([in] long n, [in, out, size_is(n)] long *p);")
        for arch, _, split, stub in self.methods(body):
            for name, place in (("Finish_get_P", 2), ("Finish_put_P", 1)):
                self.assertEqual(
                    self.correlations(arch, stub, split[name].parameters[0]), [(0, place)])
                self.check_frame(arch, split[name])

    def test_header_has_the_out_parameters_only(self):
        body = "    HRESULT Run([in] double d, [in] long n, [out, size_is(n)] long *data);"
        for _, header, _ in self.proxies(interface("IJob", 1, 2, body)):
            squeezed = re.sub(r"\s+", " ", header)
            self.assertIn("(STDMETHODCALLTYPE *Begin_Run)( AsyncIJob *This, double d, LONG n);",
                          squeezed)
            self.assertIn("(STDMETHODCALLTYPE *Finish_Run)( AsyncIJob *This, LONG *data);",
                          squeezed)

    def test_layout_is_that_of_midl(self):
        """MIDL 8.1 of a method `HRESULT GetNumber([out] long *)` (published proxy file):
        (number, stack size, Oi2 flags, [(flags, offset)]), in places of the stack."""
        known = {"GetNumber": (3, 3, 0x44, [(0x2150, 1), (0x70, 2)]),
                 "Begin_GetNumber": (3, 2, 0x64, [(0x70, 1)]),
                 "Finish_GetNumber": (4, 3, 0x64, [(0x2150, 1), (0x70, 2)])}
        for arch, whole, split, stub in self.methods("    HRESULT GetNumber([out] long *n);"):
            for name, (number, places, oi2_flags, parameters) in known.items():
                procedure = {**whole, **split}[name]
                size = POINTER[arch]
                with self.subTest(arch=arch, method=name):
                    self.assertEqual((procedure.handle_type, procedure.oi_flags), (0x33, 0x6C))
                    self.assertEqual(procedure.number, number)
                    self.assertEqual(procedure.stack_size, places * size)
                    self.assertEqual(procedure.oi2_flags, oi2_flags)
                    self.assertEqual([(p.flags, p.offset // size) for p in procedure.parameters],
                                     parameters)
            # NdrDllGetClassObject writes into this one
            self.assertRegex(stub.text, r"\nstatic CInterfaceStubVtbl _AsyncIJobStubVtbl =")
            self.assertRegex(stub.text,
                             r"_AsyncIJobStubVtbl =[^;]*CStdAsyncStubBuffer_METHODS")
            self.assertNotRegex(stub.text, r"_IJobStubVtbl =[^;]*CStdAsyncStubBuffer")

    def test_table_of_asynchronous_interfaces_is_in_the_order_of_the_proxies(self):
        method = "    HRESULT Run([in] long n, [out, size_is(n)] char *p);"
        for _, _, stub in self.proxies(
            interface("IFirst", 5, 1, method),
            interface("IPlain", 3, None, method),
            interface("ISecond", 2, 9, method.replace("Run", "Go"), "IFirst"),
        ):
            order = re.findall(r"CInterfaceProxyVtbl\*\)&_(\w+)ProxyVtbl", stub.text)
            table = re.search(r"_AsyncInterfaceTable\[\] =\s*\{(.*?)\};", stub.text, re.S)
            entries = [e.strip() for e in
                       re.sub(r"/\*.*?\*/", "", table.group(1)).split(",")]
            self.assertEqual(len(order), 5)
            self.assertEqual(dict(zip(order, entries)), {
                "IFirst": "&IID_AsyncIFirst", "ISecond": "&IID_AsyncISecond", "IPlain": "0",
                "AsyncIFirst": "(const IID *)(LONG_PTR)-1",
                "AsyncISecond": "(const IID *)(LONG_PTR)-1"})
            self.assertEqual(entries[5:], ["0"])
            self.assertRegex(stub.text, r"5,\s*6,\s*\(const IID \*\*\)&_AsyncInterfaceTable\[0\],")
            # behind the two of AsyncIFirst
            self.assertEqual(stub.procedures("AsyncISecond")["Begin_Go"].number, 5)

    def test_a_file_without_asynchronous_interfaces(self):
        method = "    HRESULT Run([in] long n, [out, size_is(n)] char *p);"
        for arch, _, stub in self.proxies(interface("IPlain", 3, None, method)):
            self.assertNotIn("Async", stub.text)
            [run] = stub.procedures("IPlain").values()
            self.assertEqual(self.correlations(arch, stub, run.parameters[1]), [(0, 1)])

    def test_dlldata_names_all_proxy_files(self):
        idl = self.write("job.idl", HEAD + interface("IJob", 1, 2, "    HRESULT Run(void);"))
        paths = self.must_compile_proxies(idl, "--dlldata-with", "other")
        names = re.findall(r"REFERENCE_PROXY_FILE\((\w+)\)", self.read(paths[3]))
        self.assertEqual(names, ["job", "other"])
        self.assertIn("job_ProxyFileInfo", self.read(paths[1]))
        self.assertIn("IID_AsyncIJob", self.read(paths[2]))

    def refused(self, text, line, *words):
        self.write("job.idl", HEAD + text)
        result = self.compile("job.idl", "--proxy")
        self.assertEqual(result.returncode, 1, result.stderr)
        first = next(m for m in result.stderr.split("\n") if "error:" in m)
        self.assertTrue(first.startswith(f"job.idl:{line}: error:"), first)
        for word in words:
            self.assertIn(word, first)

    def test_what_cannot_be_split_is_refused(self):
        for body, words in (
            ("    HRESULT Run([out] long *n, [in, out, size_is(*n)] long *a);", ("'a'", "'n'")),
            ("    [local] HRESULT Run([in] long n);", ("'Run'", "[local]")),
            ("    double Run([in] long n);", ("'Run'", "returns")),
            ("    GUID Run([in] long n);", ("'Run'", "returns")),
            ("    HRESULT Run([in] frob n);", ("frob",)),
        ):
            with self.subTest(body=body):
                self.refused(interface("IJob", 1, 2, body), 5, *words)
        method = "    HRESULT Run(void);"
        self.refused(interface("IBase", 3, None, method)
                     + interface("IJob", 1, 2, "    HRESULT Go(void);", "IBase"),
                     8, "'IJob'", "'IBase'")


if __name__ == "__main__":
    unittest.main()
