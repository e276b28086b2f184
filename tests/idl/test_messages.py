"""What is refused, by name, with the user's file and line; and that nothing is left behind."""

import os
import stat
import sys
import unittest

from compiler_runs import IDL_COMPILER, IdlTest, run

HEAD = """\
[
    uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a10),
    version(1.0)
]
interface Job
{
"""
FIRST_LINE = 7


class MessagesTest(IdlTest):
    def refused(self, idl, acf, file, line, *words, options=(), arch="x64"):
        """Compiling says `file:line: error: ...` with all of `words`, and leaves nothing."""
        self.write("job.idl", idl)
        arguments = list(options)
        if acf is not None:
            self.write("job.acf", acf)
            arguments += ["--acf", "job.acf"]
        result = self.compile("job.idl", *arguments, arch=arch)
        self.assertEqual(result.returncode, 1, result.stderr)
        place = f"{file}:{line}: error:" if line else f"{file}: error:"
        # newer widls begin with "In file included from ..."
        lines = result.stderr.split("\n")
        first = next((line for line in lines if "error:" in line), lines[0])
        self.assertTrue(first.startswith(place), f"{first!r} does not start with {place!r}")
        for word in words:
            self.assertIn(word, first)
        self.assertNotIn("Traceback", result.stderr)
        self.assertNotIn("/tmp/asyncshim-idl-", result.stderr)
        out = self.path("out")
        self.assertEqual(os.listdir(out) if os.path.isdir(out) else [], [])

    def refused_procedure(self, text, *words, line=FIRST_LINE, **options):
        self.refused(HEAD + text + "\n}\n", None, "job.idl", line, *words, **options)

    def refused_acf(self, acf, line, *words, body="    void Run(handle_t h, [in] long a);\n"):
        self.refused(HEAD + body + "}\n", acf, "job.acf", line, *words)

    # widl's own messages

    def test_unknown_type(self):
        self.refused_procedure("    void Run(handle_t h);\n    void Stop([in] frob x);",
                               "frob", line=8)

    def test_syntax_error(self):
        self.refused_procedure("    void Run(handle_t h;\n    );", line=7)

    def test_line_is_right_behind_edits(self):
        acf = "[implicit_handle(handle_t jobs)] interface Job { [async] Run(); }"
        body = "    [\n    idempotent,\n    async\n    ]\n    void\n    Run();\n"
        body += "    frob Stop();\n"
        self.refused(HEAD + body + "}\n", acf, "job.idl", 13, "frob")

    def test_error_in_an_included_file(self):
        self.write("types.h", "typedef long A;\ntypedef frob B;\n")
        self.refused('#include "types.h"\n' + HEAD + "}\n", None, "types.h", 2, "frob")

    def test_error_in_an_imported_file(self):
        os.mkdir(self.path("sub"))
        self.write("sub/types.idl", "typedef long A;\n\ntypedef frob B;\n")
        self.refused('import "types.idl";\n' + HEAD + "}\n", None,
                     "sub/types.idl", 3, "frob", options=("-I", "sub"))

    def test_missing_import(self):
        self.refused(HEAD + '    import "nowhere.idl";\n}\n', None, "job.idl", 7, "nowhere.idl")

    # what an asynchronous procedure cannot be

    def test_com_interface(self):
        idl = ('import "unknwn.idl";\n[object, uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a11)]\n'
               "interface IJob : IUnknown\n{\n    [async] HRESULT Run();\n}\n")
        self.refused(idl, None, "job.idl", 5, "Run", "IJob", "COM interface", "async_uuid")

    def test_attributes_that_exclude_async(self):
        for attribute in ("local", "maybe", "broadcast", "notify", "notify_flag", "callback",
                          "message", "encode", "decode"):
            with self.subTest(attribute=attribute):
                self.refused_procedure(f"    [async, {attribute}] void Run(handle_t h);",
                                       "Run", f"[{attribute}]")

    def test_call_as(self):
        self.refused_procedure(
            "    [local] void Run(handle_t h);\n"
            "    [async, call_as(Run)] void RemoteRun(handle_t h);",
            "RemoteRun", "[call_as]", line=8)

    def test_local_interface(self):
        idl = "[local]\ninterface Job\n{\n    [async] void Run(handle_t h);\n}\n"
        self.refused(idl, None, "job.idl", 4, "Run", "Job", "[local]")

    def test_pipe(self):
        self.refused_procedure("    typedef pipe char LETTERS;\n"
                               "    [async] void Run(handle_t h, [in] LETTERS p);",
                               "pipe type 'LETTERS'", line=7)

    def test_second_binding_handle(self):
        self.refused_procedure("    void Run(handle_t h,\n        handle_t g);", "Run", "'g'",
                               line=8)

    def test_name_of_the_async_handle_is_taken(self):
        self.refused_procedure("    [async] void Run(handle_t h, [in] long Run_AsyncHandle);",
                               "Run_AsyncHandle")

    # what has no interpreter

    def test_structure_as_result(self):
        self.refused_procedure("    typedef struct { long a, b, c; } THREE;\n"
                               "    [async] THREE Run(handle_t h);", "Run", "by value", line=8)

    # the ACF

    def test_unknown_procedure(self):
        self.refused_acf("interface Job\n{\n    [async] Run();\n    [async] Walk();\n}\n", 4,
                         "Job", "Walk")

    def test_unknown_interface(self):
        self.refused_acf("\ninterface Jobs { [async] Run(); }\n", 2, "Jobs", "job.idl")

    def test_unknown_parameter(self):
        self.refused_acf("interface Job { Run([comm_status]\nb); }", 2, "Run", "'b'")

    def test_unknown_type_in_the_acf(self):
        self.refused_acf("/* a\ncomment */\ninterface Job\n{\n    typedef [encode] T;\n}", 5,
                         "T")

    def test_unknown_attributes(self):
        self.refused_acf("[nocode] interface Job { }", 1, "nocode", "Job")
        self.refused_acf("interface Job {\n [nocode] Run(); }", 2, "nocode", "Run")
        self.refused_acf("interface Job { Run([byte_count] a); }", 1, "byte_count", "'a'")

    def test_async_in_the_wrong_place(self):
        self.refused_acf("[async] interface Job { Run(); }", 1, "[async]", "Job")

    def test_contradicting_handles(self):
        self.refused_acf("[auto_handle,\n explicit_handle] interface Job { }", 2,
                         "auto_handle", "explicit_handle")
        idl = HEAD.replace("version(1.0)", "version(1.0), auto_handle") + "void Run();\n}\n"
        self.refused(idl, "[explicit_handle] interface Job { }", "job.acf", 1,
                     "auto_handle", "explicit_handle")

    def test_status_needs_a_place(self):
        self.refused(HEAD + "    void Run(handle_t h);\n}\n",
                     "interface Job { [comm_status] Run(); }", "job.idl", 7,
                     "comm_status", "Run")
        self.refused(HEAD + "    void Run(handle_t h, [in] long a);\n}\n",
                     "interface Job { Run([fault_status] a); }", "job.idl", 7, "fault_status",
                     "'a'")

    def test_acf_syntax(self):
        for acf, line, word in (
            ("interface Job {\n [async] Run(; }", 2, "'('"),
            ("interface Job { [async] Run()\n}", 2, "';'"),
            ("interface Job {\n[async] Run();\n", 2, "'}'"),
            ("interface {", 1, "interface"),
            ("interface Job { [async Run(); }", 1, "'"),
            ("procedure Job { }", 1, "interface"),
            ("include stdio;", 1, "quotes"),
            ("interface Job { typedef [represent_as(x)] T; }", 1, "represent_as"),
        ):
            with self.subTest(acf=acf):
                self.refused_acf(acf, line, word)

    # files

    def test_missing_files(self):
        result = self.compile("nowhere.idl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere.idl", result.stderr)
        self.write("job.idl", HEAD + "    void Run();\n}\n")
        result = self.compile("job.idl", "--acf", "nowhere.acf")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere.acf", result.stderr)

    def test_widl_is_missing(self):
        self.write("job.idl", HEAD + "    void Run();\n}\n")
        result = self.compile("job.idl", "--widl", self.path("widl"))
        self.assertEqual(result.returncode, 1)
        self.assertIn(self.path("widl"), result.stderr)
        environment = {**os.environ, "PATH": self.directory, "WIDL": ""}
        result = run([sys.executable, IDL_COMPILER, self.path("job.idl"), "--arch", "x64"],
                     env=environment, cwd=self.directory)
        self.assertEqual(result.returncode, 1)
        self.assertIn("widl not found", result.stderr)
        self.assertIn("wine64-tools", result.stderr)

    def test_foreign_widl(self):
        """A widl whose text is of another form is told from a mistake of the user's."""
        self.write("job.idl", HEAD + "    void Run();\n}\n")
        fake = self.write("widl", """\
#!/bin/sh
for argument; do
  if [ "$last" = -o ]; then echo 'int x;' > "$argument"; fi
  if [ "$argument" = -E ]; then echo 'interface Job { void Run(); }'; fi
  last=$argument
done
""")
        os.chmod(fake, stat.S_IRWXU)
        result = self.compile("job.idl", "--widl", fake)
        self.assertEqual(result.returncode, 1)
        self.assertIn("form not known", result.stderr)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_unwritable_output(self):
        self.write("job.idl", HEAD + "    void Run();\n}\n")
        self.write("out", "a file where the directory should be\n")
        result = self.compile("job.idl")
        self.assertEqual(result.returncode, 1)
        self.assertIn(self.path("out"), result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_failure_keeps_the_old_output(self):
        self.write("job.idl", HEAD + "    void Run();\n}\n")
        paths = self.must_compile("job.idl")
        before = [self.read(path) for path in paths]
        self.write("job.idl", HEAD + "    frob Run();\n}\n")
        self.assertEqual(self.compile("job.idl").returncode, 1)
        self.assertEqual([self.read(path) for path in paths], before)
        self.assertEqual(len(os.listdir(self.path("out"))), 3)

    def test_a_file_that_cannot_be_replaced_leaves_no_scraps(self):
        self.write("job.idl", HEAD + "    void Run();\n}\n")
        os.makedirs(self.path("out", "job_s.c"))
        result = self.compile("job.idl")
        self.assertEqual(result.returncode, 1)
        self.assertIn("job_s.c", result.stderr)
        left = os.listdir(self.path("out"))
        self.assertEqual([n for n in left if n.startswith(".")], [])


if __name__ == "__main__":
    unittest.main()
