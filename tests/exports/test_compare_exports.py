#!/usr/bin/env python3
"""The comparison itself: it must be able to fail."""

import unittest

from compare_exports import compare


class CompareTest(unittest.TestCase):
    def problems(self, ours, wines):
        return list(compare(ours, wines, "rpcrt4"))

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
        self.assertEqual(len(self.problems({"A": "rpcrt4.A"}, {"A": None})), 1)

    def test_forwarder_in_a_circle(self):
        self.assertEqual(len(self.problems({"A": "rpcrt4_wine.A"}, {"A": "rpcrt4.A"})), 1)

    def test_forwarder_onwards_to_a_third_module(self):
        ours = {"A": "rpcrt4_wine.A"}
        self.assertEqual(self.problems(ours, {"A": "kernel32.A"}), [])


if __name__ == "__main__":
    unittest.main()
