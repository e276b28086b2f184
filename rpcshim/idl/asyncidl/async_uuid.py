"""Asynchronous COM interfaces, written out as widl's input.

MIDL makes of every method of an interface with [async_uuid] two methods of `AsyncI...`: `Begin_`
with the [in] parameters and `Finish_` with the [out] parameters. widl does so too, but the
parameters of all three methods are then one and the same object to it: what size_is names is
looked up in `Finish_` alone, which fails for an [in] parameter, and its place on the stack of
`Finish_` is also written for the synchronous method, where it is another. So widl gets to see
the asynchronous interface as one more interface, whose `Finish_` methods end with the [in]
parameters that their own depend on; `proxy` takes these out again.
"""

from .diagnostics import error_at

# Attributes whose arguments name other parameters.
_CORRELATIONS = (
    "first_is",
    "iid_is",
    "last_is",
    "length_is",
    "max_is",
    "min_is",
    "size_is",
    "switch_is",
)
# Attributes that the split decides, or that mean something in type libraries only.
_NOT_COPIED = ("defaultvalue", "in", "lcid", "optional", "out", "retval")
_ACCESSORS = {"propget": "get_", "propput": "put_", "propputref": "putref_"}
_NOT_IN_METHODS = ("call_as", "local")


class AsyncMethod:
    """One method's two halves. `missing` has the [in] parameters that `Finish_` depends on;
    `dependent` the names of the parameters of `Finish_` that do."""

    def __init__(self, declaration):
        self.declaration = declaration
        accessor = next((a for a in _ACCESSORS if declaration.attributes.find(a)), None)
        self.name = _ACCESSORS.get(accessor, "") + declaration.name
        self.begin = [p for p in declaration.parameters if not _is_out_only(p)]
        self.finish = [p for p in declaration.parameters if p.attributes.find("out")]
        self.missing = []
        self.dependent = set()
        self._check()
        for parameter in self.finish:
            if self._add_missing(parameter):
                self.dependent.add(parameter.name)

    def _check(self):
        for name in _NOT_IN_METHODS:
            if self.declaration.attributes.find(name):
                raise error_at(
                    self.declaration,
                    f"method '{self.declaration.name}' of an [async_uuid] interface cannot be "
                    f"[{name}]",
                )
        for parameter in self.begin:
            for other in self._named_by(parameter):
                if other not in self.begin:
                    raise error_at(
                        parameter,
                        f"parameter '{parameter.name}' of '{self.declaration.name}' depends on "
                        f"'{other.name}', which is [out] and so not there when the call begins",
                    )

    def _named_by(self, parameter):
        words = {
            token.text
            for attribute in parameter.attributes.list
            if attribute.name in _CORRELATIONS
            for token in attribute.tokens[1:]
        }
        return [p for p in self.declaration.parameters if p.name in words]

    def _add_missing(self, parameter):
        """Adds to `missing` what `parameter` depends on; true if that is anything."""
        absent = [p for p in self._named_by(parameter) if p not in self.finish]
        for other in absent:
            if other not in self.missing:
                self.missing.append(other)
                self._add_missing(other)
        return bool(absent)

    def text(self, return_type):
        begin = ", ".join(_parameter_text(p, "in") for p in self.begin)
        finish = [_parameter_text(p, "out") for p in self.finish]
        finish += [_parameter_text(p, "in") for p in self.missing]
        return (
            f"{return_type} Begin_{self.name}({begin or 'void'}); "
            f"{return_type} Finish_{self.name}({', '.join(finish) or 'void'});"
        )


class AsyncInterface:
    """The asynchronous interface of `interface`, which has [async_uuid]."""

    def __init__(self, interface, source):
        self.interface = interface
        self.name = "Async" + interface.name
        self.base = self._base(source)
        self.methods = [AsyncMethod(p) for p in interface.procedures]

    def _base(self, source):
        base = self.interface.base
        if base is None or base == "IUnknown":
            return "IUnknown"
        defined = source.interface(base)
        if defined and not defined.attributes.find("async_uuid"):
            raise error_at(
                self.interface,
                f"interface '{self.interface.name}' is [async_uuid], but its base '{base}' is "
                "not",
            )
        return "Async" + base

    def text(self):
        """The IDL of it, on one line."""
        attributes = ["object"]
        for attribute in self.interface.attributes.list:
            if attribute.name == "async_uuid":
                attributes.append("uuid" + _joined(attribute.tokens[1:]))
            elif attribute.name == "pointer_default":
                attributes.append(attribute.text)
        methods = " ".join(
            method.text(self._return_type(method.declaration)) for method in self.methods
        )
        head = f"[{', '.join(attributes)}] interface {self.name} : {self.base}"
        return f"{head} {{ {methods} }}"

    def _return_type(self, declaration):
        return " ".join(self.interface.text_of(*declaration.return_span).split())


def async_interfaces(source):
    """Those of an `IdlSource`, in the order of the text; a [local] one has no proxies."""
    return [
        AsyncInterface(interface, source)
        for interface in source.interfaces
        if interface.attributes.find("async_uuid") and not interface.attributes.find("local")
    ]


def _is_out_only(parameter):
    return parameter.attributes.find("out") and not parameter.attributes.find("in")


def _parameter_text(parameter, direction):
    attributes = [a.text for a in parameter.attributes.list if a.name not in _NOT_COPIED]
    return f"[{', '.join([direction, *attributes])}] {_joined(parameter.declaration)}"


def _joined(tokens):
    return " ".join(token.text for token in tokens)
