"""The generated C: it compiles without a warning, and declares what MIDL's would."""

import os
import re
import unittest

from compiler_runs import ARCHES, SAMPLES, IdlTest
from stub_format import FC_BIND_GENERIC, FC_BIND_PRIMITIVE, Stub

UUID = "uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a%02x)"
FC_AUTO_HANDLE = 0x33


def squeezed(text):
    return re.sub(r"\s+", " ", text)


class CTextTest(IdlTest):
    def interface(self, body, attributes="", name="Job", number=0x20):
        attributes = f", {attributes}" if attributes else ""
        head = f"[{UUID % number}, version(1.0){attributes}]\ninterface {name}\n"
        return f"{head}{{\n{body}\n}}\n"

    def both(self, idl, acf=None, *options):
        """(arch, header text, client stub, server stub) of each arch, all of it compiled."""
        self.write("job.idl", idl)
        if acf is not None:
            self.write("job.acf", acf)
        for arch in ARCHES:
            paths = self.must_compile(self.path("job.idl"), *options, arch=arch)
            self.compile_c(arch, paths)
            yield arch, self.read(paths[0]), Stub(paths[1]), Stub(paths[2])

    def compile_c(self, arch, paths):
        for source in paths[1:]:
            result = self.gcc(arch, source, "-O2")
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_samples_compile(self):
        for arch in ARCHES:
            for sample in ("kinds.idl", "known_midl.idl"):
                for prefix in ((), ("--prefix-client=c_",), ("--prefix-server=s_",)):
                    with self.subTest(arch=arch, sample=sample, prefix=prefix):
                        idl = os.path.join(SAMPLES, sample)
                        options = ("-D", "WITH_HYPER", *prefix)
                        self.compile_c(arch, self.must_compile(idl, *options, arch=arch))

    def test_parameters_that_are_const(self):
        """A REFIID cannot be assigned to, in the structure of parameters that x86 has."""
        idl = 'import "unknwn.idl";\n' + self.interface(
            "    void Find(handle_t h, [in] REFIID iid, [out, iid_is(iid)] IUnknown **o);\n"
            "    void AsyncFind(handle_t h, [in] REFIID iid, [out, iid_is(iid)] IUnknown **o);")
        for _ in self.both(idl, "interface Job { [async] AsyncFind(); }",
                           "--prefix-client=c_"):
            pass

    def test_prototypes(self):
        idl = self.interface("    long Get(handle_t h, [in] long a);\n"
                             "    long AsyncGet(handle_t h, [in] long a);\n"
                             "    wchar_t *Name(handle_t h);\n    void Last();")
        acf = "interface Job { [async] AsyncGet(); [async] Name(); [async] Last(); }"
        for _, header, client, _ in self.both(idl, acf, "--prefix-client=c_"):
            header = squeezed(header)
            for prefix in ("c_", ""):
                self.assertIn(f" __cdecl {prefix}Get( handle_t h, LONG a);", header)
                self.assertIn(f" void __cdecl {prefix}AsyncGet( PRPC_ASYNC_STATE "
                              "AsyncGet_AsyncHandle, handle_t h, LONG a);", header)
                self.assertIn(f" void __cdecl {prefix}Name( PRPC_ASYNC_STATE "
                              "Name_AsyncHandle, handle_t h);", header)
                self.assertIn(f" void __cdecl {prefix}Last( PRPC_ASYNC_STATE "
                              "Last_AsyncHandle);", header)
            self.assertNotIn("__int3264", header)
            self.assertNotIn("return", client.client_body("c_AsyncGet"))
            self.assertIn("return", client.client_body("c_Get"))

    def test_calls(self):
        idl = self.interface("    long Run(handle_t h, [in] long a, [in] double b);\n"
                             "    void Alone();\n    long Plain(handle_t h, [in] long a);")
        acf = "interface Job { [async] Run(); [async] Alone(); }"
        for arch, _, client, _ in self.both(idl, acf):
            run = squeezed(client.client_body("Run"))
            alone = squeezed(client.client_body("Alone"))
            plain = squeezed(client.client_body("Plain"))
            start = "NdrAsyncClientCall( &Job_StubDesc, &__MIDL_ProcFormatString.Format["
            self.assertIn(start, run)
            self.assertIn(start, alone)
            self.assertIn("_RetVal = NdrClientCall2( &Job_StubDesc,", plain)
            if arch == "x64":
                self.assertIn("], Run_AsyncHandle, h, a, b );", run)
                self.assertIn("], Alone_AsyncHandle );", alone)
                self.assertIn("], h, a );", plain)
            else:
                # the address of all parameters, laid out as on the stack
                self.assertIn("{ PRPC_ASYNC_STATE Run_AsyncHandle; handle_t h; LONG a; "
                              "double b; }", run)
                self.assertIn("], &__params );", run)
                self.assertIn("], &Alone_AsyncHandle );", alone)

    def test_explicit_handle_interface(self):
        idl = self.interface("    typedef [context_handle] void *CTX;\n"
                             "    void Run([in] long a);\n    void Own(handle_t mine);\n"
                             "    void Use([in] CTX ctx);\n    void Sync();")
        acf = ("[explicit_handle] interface Job { [async] Run(); [async] Own(); "
               "[async] Use(); }")
        for _, header, _, server in self.both(idl, acf):
            self.check_explicit(squeezed(header), server)

    def test_explicit_handle_in_the_idl(self):
        idl = self.interface("    typedef [context_handle] void *CTX;\n"
                             "    [async] void Run([in] long a);\n"
                             "    [async] void Own(handle_t mine);\n"
                             "    [async] void Use([in] CTX ctx);\n    void Sync();",
                             "explicit_handle")
        for _, header, _, server in self.both(idl):
            self.check_explicit(squeezed(header), server)

    def check_explicit(self, header, server):
        self.assertIn("Run( PRPC_ASYNC_STATE Run_AsyncHandle, handle_t IDL_handle, LONG a);",
                      header)
        self.assertIn("Own( PRPC_ASYNC_STATE Own_AsyncHandle, handle_t mine);", header)
        self.assertIn("Use( PRPC_ASYNC_STATE Use_AsyncHandle, CTX ctx);", header)
        self.assertIn("Sync( handle_t IDL_handle);", header)
        procedures = server.procedures("Job")
        run = procedures["Run"]
        self.assertEqual(run.handle[0], FC_BIND_PRIMITIVE)
        self.assertEqual(run.handle_offset * 2, run.offsets[0])
        self.assertEqual(procedures["Sync"].handle_offset, 0)

    def test_explicit_handle_of_single_procedures(self):
        idl = self.interface("    void Run([in] long a);\n    void Sync();\n    void Rest();")
        acf = ("[implicit_handle(handle_t jobs)] interface Job\n"
               "{ [async, explicit_handle] Run(); [explicit_handle] Sync(); }")
        for _, header, client, server in self.both(idl, acf):
            header = squeezed(header)
            self.assertIn("Run( PRPC_ASYNC_STATE Run_AsyncHandle, handle_t IDL_handle, "
                          "LONG a);", header)
            self.assertIn("Sync( handle_t IDL_handle);", header)
            self.assertIn("Rest( void);", header)
            self.assertIn("extern handle_t jobs;", header)
            self.assertEqual(server.procedures("Job")["Rest"].handle_type, FC_BIND_PRIMITIVE)
            self.assertIn("&jobs,", client.text)

    def test_implicit_handle(self):
        idl = self.interface("    void Run([in] long a);")
        acf = "[implicit_handle(handle_t jobs)] interface Job { [async] Run(); }"
        for _, _, _, server in self.both(idl, acf):
            run = server.procedures("Job")["Run"]
            self.assertEqual(run.handle_type, FC_BIND_PRIMITIVE)
            self.assertIsNone(run.handle)

    def test_auto_handle(self):
        idl = self.interface("    void Run([in] long a);")
        for acf in ("[auto_handle] interface Job { [async] Run(); }",
                    "interface Job { [async] Run(); }"):
            for _, _, _, server in self.both(idl, acf):
                run = server.procedures("Job")["Run"]
                self.assertEqual(run.handle_type, FC_AUTO_HANDLE)

    def test_generic_handle(self):
        idl = self.interface("    typedef [handle] long PLACE;\n"
                             "    [async] void Run([in] PLACE place, [in] long a);\n"
                             "    void Sync([in] PLACE place, [in] long a);")
        for arch, _, client, server in self.both(idl):
            procedures = server.procedures("Job")
            pointer = 8 if arch == "x64" else 4
            for name, at in (("Run", pointer), ("Sync", 0)):
                self.assertEqual(procedures[name].handle[0], FC_BIND_GENERIC)
                self.assertEqual(procedures[name].handle_offset, at)
                # unlike a handle_t it does go over the wire
                self.assertEqual(procedures[name].offsets, [at, at + pointer])
            self.assertIn("PLACE_bind", client.text)

    def test_primitive_handle_is_not_sent(self):
        idl = self.interface("    void Sync(handle_t h, [in] long a);")
        for arch, _, _, server in self.both(idl):
            sync = server.procedures("Job")["Sync"]
            self.assertEqual(sync.offsets, [8 if arch == "x64" else 4])

    def test_results_that_need_a_parameter(self):
        """NdrClientCall2 cannot return them: the interpreter sees a last [out] parameter."""
        idl = self.interface("    double\n    Mean(handle_t h, [in] long a[4]);\n"
                             "    typedef float REAL;\n    REAL Now(void);\n"
                             "    hyper __stdcall Count([in] long a);\n"
                             "    double *Place(handle_t h);")
        for arch, header, client, server in self.both(idl, None, "--prefix-server=s_"):
            header = squeezed(header)
            for prefix in ("", "s_"):
                self.assertIn(f" double __cdecl {prefix}Mean( handle_t h, LONG", header)
                self.assertIn(f" REAL __cdecl {prefix}Now( void);", header)
                self.assertIn(f" hyper __stdcall {prefix}Count( LONG a);", header)
            for text in (header, squeezed(client.text)):
                self.assertNotRegex(text, r"_Result\)")
            procedures = server.procedures("Job")
            pointer = 8 if arch == "x64" else 4
            for name, at, base_type in (("Mean", 2, 0x0C), ("Now", 0, 0x0A)):
                result = procedures[name].parameters[-1]
                self.assertEqual(
                    (result.flags, result.offset, result.base_type),
                    (0x2150, at * pointer, base_type),
                )
                self.assertEqual(procedures[name].oi2_flags & 0x04, 0)
                self.assertIn(f"*{name}_Result = s_{name}(", server.text)
                self.assertIn(f"(void *)Job_{name}_Thunk,", server.text)
            # where it fits the register it is a result
            fits = arch == "x64"
            self.assertEqual("Job_Count_Thunk" in server.text, not fits)
            flags = 0x70 if fits else 0x2150
            self.assertEqual(procedures["Count"].parameters[-1].flags, flags)
            self.assertNotIn("Job_Place_Thunk", server.text)

    def test_several_interfaces(self):
        idl = self.interface("    [async] void One(handle_t h);\n    void Two(handle_t h);")
        idl += self.interface("    void Three(handle_t h);\n    [local] void Five();\n"
                              "    [async] void Four(handle_t h);", name="Task", number=0x21)
        idl += self.interface("    typedef long NUMBER;", name="Types", number=0x22)
        for _, header, client, server in self.both(idl):
            self.assertEqual(server.dispatch_table("Job"),
                             ["NdrAsyncServerCall", "NdrServerCall2", "0"])
            self.assertEqual(server.dispatch_table("Task"),
                             ["NdrServerCall2", "NdrAsyncServerCall", "0"])
            for interface, names in (("Job", ("One", "Two")), ("Task", ("Three", "Four"))):
                for offset, name in server.offset_table(interface):
                    self.assertIn(name, names)
                    self.assertIn(f".Format[{offset}]", client.client_body(name))
            self.assertNotIn("Five", client.text)
            self.assertNotIn("Five", server.text)
            self.assertRegex(server.text, r"Task_v1_0_DispatchTable =\s*\{\s*2,\s*Task_table")
            self.assertIn("Five(", header)

    def test_com_interface_beside_an_rpc_interface(self):
        idl = 'import "unknwn.idl";\n' + self.interface("    [async] void Run(handle_t h);")
        idl += self.interface("    HRESULT Do();", "object", "ICom : IUnknown", 0x23)
        for _, header, _, server in self.both(idl):
            self.assertIn("ICom", header)
            self.assertTrue(server.procedures("Job")["Run"].is_async)

    def test_types_only(self):
        self.write("job.idl", 'import "wtypes.idl";\ntypedef struct { long a; } PAIR;\n')
        for arch in ARCHES:
            paths = self.must_compile(self.path("job.idl"), arch=arch)
            self.assertIn("PAIR", self.read(paths[0]))
            self.compile_c(arch, paths)

    def test_status_of_several_procedures(self):
        idl = self.interface(
            "    error_status_t One(handle_t h);\n    void Two(handle_t h);\n"
            "    [async] void Three(handle_t h, [in] long a, [out] error_status_t *s);")
        acf = ("interface Job { [comm_status, fault_status] One();\n"
               "[async] Three([comm_status] s); }")
        for arch, _, client, server in self.both(idl, acf):
            at = 24 if arch == "x64" else 12
            table = re.search(r"Job_CommFaultOffsets\[\] =\s*\{(.*?)\n\};", client.text, re.S)
            rows = [tuple(map(int, row)) for row in
                    re.findall(r"\{ (-?\d+), (-?\d+) \}", table.group(1))]
            self.assertEqual(rows, [(-1, -1), (-2, -2), (at, -2)])
            flags = [p.oi_flags for p in server.procedures("Job").values()]
            self.assertEqual(flags, [0x68, 0x48, 0x68])
            self.assertNotIn("CommFaultOffsets", server.text)

    def test_status_in_the_idl(self):
        idl = self.interface("    [comm_status] error_status_t One(handle_t h, [out, "
                             "fault_status] error_status_t *s);")
        for arch, _, client, _ in self.both(idl):
            at = 8 if arch == "x64" else 4
            self.assertIn(f"{{ -1, {at} }},", client.text)

    def test_headers_of_the_acf(self):
        idl = self.interface("    [async] void Run(handle_t h);")
        acf = 'include "stdio.h", "stdlib.h";\ninterface Job { include "wchar.h"; }\n'
        for _, _, client, server in self.both(idl, acf):
            for stub in (client, server):
                for name in ("stdio.h", "stdlib.h", "wchar.h"):
                    self.assertIn(f'#include "{name}"\n', stub.text)

    def test_typedefs_of_the_acf(self):
        idl = self.interface("    typedef struct { long a; } PAIR;\n"
                             "    typedef struct { long b; } OTHER;\n"
                             "    void Run(handle_t h, [out] PAIR *p);")
        acf = ("interface Job { typedef [allocate(all_nodes)] PAIR; [async] Run();\n"
               "typedef [encode, decode] OTHER; }")
        for _, header, _, server in self.both(idl, acf):
            self.assertTrue(server.procedures("Job")["Run"].is_async)
            self.assertIn("OTHER_Encode(", header)

    def test_import_from_a_folder(self):
        """Paths in imports start where the IDL file is, wherever the compiler is run."""
        os.mkdir(self.path("sub"))
        self.write("sub/types.idl", "typedef long NUMBER;\n")
        self.write("job.idl", 'import "sub/types.idl";\n'
                   + self.interface("    [async] void Run(handle_t h, [in] NUMBER a);"))
        result = self.compile(self.path("job.idl"), cwd="/")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_nothing_is_written_beside_the_idl(self):
        os.mkdir(self.path("source"))
        self.write("source/job.idl", self.interface("    [async] void Run(handle_t h);"))
        self.must_compile(self.path("source", "job.idl"))
        self.assertEqual(os.listdir(self.path("source")), ["job.idl"])
        self.assertEqual(len(os.listdir(self.path("out"))), 3)

    def test_acf_beside_the_idl(self):
        """Like MIDL, the compiler finds it without being told."""
        self.write("job.idl", self.interface("    void Run(handle_t h);"))
        self.write("job.acf", "interface Job { [async] Run(); }")
        _, _, server = self.must_compile(self.path("job.idl"))
        self.assertTrue(Stub(server).procedures("Job")["Run"].is_async)

    def test_output_is_reproducible(self):
        idl = os.path.join(SAMPLES, "kinds.idl")
        first = [self.read(path) for path in self.must_compile(idl)]
        os.rename(self.path("out"), self.path("before"))
        self.assertEqual([self.read(path) for path in self.must_compile(idl)], first)
        for text in first:
            self.assertNotIn(self.directory, text)
            self.assertNotIn(SAMPLES, text)

    def test_dependency_file(self):
        os.mkdir(self.path("sub"))
        self.write("sub/deep.idl", "typedef long DEEP;\n")
        self.write("sub/types.idl", 'import "deep.idl";\n#include "more.h"\n')
        self.write("sub/more.h", "typedef long MORE;\n")
        self.write("settings.h", "#define JOB Job\n")
        self.write("job.idl", 'import "wtypes.idl", "types.idl";\n'
                   + self.interface("    void Run(handle_t h, [in] DEEP a, [in] MORE b);"))
        self.write("job.acf", '#include "settings.h"\ninterface JOB { [async] Run(); }\n')
        depfile = self.path("out", "job.d")
        paths = self.must_compile("job.idl", "-I", "sub", "--depfile", depfile)
        rule = self.read(depfile).replace("\\\n", " ")
        targets, _, sources = rule.partition(": ")
        self.assertEqual(targets.split(), list(paths))
        names = {os.path.relpath(s, os.path.realpath(self.directory)) for s in sources.split()}
        self.assertEqual(names, {"job.idl", "job.acf", "settings.h", "sub/types.idl",
                                 "sub/deep.idl", "sub/more.h"})


if __name__ == "__main__":
    unittest.main()
