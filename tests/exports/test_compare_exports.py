#!/usr/bin/env python3
"""The comparison itself: it must be able to fail."""

import unittest

from compare_exports import compare


class CompareTest(unittest.TestCase):
    def problems(self, ours, wines):
        return list(compare({"rpcrt4": ours, "rpcrt4_wine": wines}, "rpcrt4"))

    def test_equal_tables_are_fine(self):
        ours = {"A": None, "B": "rpcrt4_wine.B"}
        self.assertEqual(self.problems(ours, {"A": None, "B": None}), [])

    def test_more_names_than_wine_are_fine(self):
        self.assertEqual(self.problems({"A": None, "B": None}, {"A": None}), [])

    def test_missing_name(self):
        self.assertEqual(self.problems({"A": None}, {"A": None, "B": None}), ["missing: B"])

    def test_forwarder_to_nothing(self):
        self.assertEqual(len(self.problems({"A": "rpcrt4_wine.X"}, {"A": None})), 1)

    def test_forwarder_of_a_newer_name(self):
        ours = {"A": None, "New": "rpcrt4_wine.New"}
        self.assertEqual(self.problems(ours, {"A": None}), [])

    def test_forwarder_to_another_module(self):
        self.assertEqual(len(self.problems({"A": "kernel32.A"}, {"A": None})), 1)

    def test_forwarder_in_a_circle(self):
        self.assertEqual(len(self.problems({"A": "rpcrt4_wine.A"}, {"A": "rpcrt4.A"})), 1)

    def test_forwarder_onwards_to_a_third_module(self):
        ours = {"A": "rpcrt4_wine.A"}
        self.assertEqual(self.problems(ours, {"A": "kernel32.A"}), [])

    def com_problems(self, ole32, combase, module="combase"):
        wines = {"ole32_wine": {"A": "combase.A", "B": None}, "combase_wine": {"A": None, "B": "ole32.B"}}
        return list(compare({"ole32": ole32, "combase": combase, **wines}, module))

    def test_forwarder_to_another_of_ours(self):
        combase = {"A": "ole32.A", "B": "combase_wine.B"}
        self.assertEqual(self.com_problems({"A": None, "B": "ole32_wine.B"}, combase), [])

    def test_forwarder_to_another_of_ours_that_lacks_it(self):
        combase = {"A": "ole32.X", "B": "combase_wine.B"}
        self.assertEqual(len(self.com_problems({"A": None, "B": None}, combase)), 1)

    def test_circle_through_two_of_ours(self):
        combase = {"A": "ole32.A", "B": "combase_wine.B"}
        ole32 = {"A": "combase.A", "B": None}
        for module in ("combase", "ole32"):
            problems = self.com_problems(ole32, combase, module)
            self.assertEqual(len(problems), 1)
            self.assertIn("circle", problems[0])

    def test_circle_through_wines(self):
        combase = {"A": "ole32.A", "B": "combase_wine.B"}
        problems = self.com_problems({"A": "ole32_wine.A", "B": None}, combase)
        self.assertEqual(len(problems), 1)
        self.assertIn("circle", problems[0])


if __name__ == "__main__":
    unittest.main()
