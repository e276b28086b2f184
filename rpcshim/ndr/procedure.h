/*
 * A procedure format string, decoded: -Oi (stub version 1) and -Oicf (version 2 and later).
 * [Microsoft, "Procedure Header Descriptor", "Parameter Descriptors"]
 *
 * Called by the client and server interpreters. Holds pointers into the format string, owns
 * nothing.
 */
#ifndef ASYNCSHIM_NDR_PROCEDURE_H
#define ASYNCSHIM_NDR_PROCEDURE_H

#include <stdbool.h>

#include "format.h"

/* Oi_flags: second byte of the header. */
enum procedure_flag {
  PROCEDURE_FULL_POINTERS = 0x01,
  PROCEDURE_RPCSS_ALLOCATION = 0x02,
  PROCEDURE_OF_OBJECT = 0x04,
  PROCEDURE_HAS_RPC_FLAGS = 0x08,
  PROCEDURE_HAS_COMM_OR_FAULT = 0x20, /* only without PROCEDURE_OF_OBJECT */
};

/* INTERPRETER_OPT_FLAGS of the -Oif header. */
enum interpreter_flag {
  INTERPRETER_SERVER_MUST_SIZE = 0x01,
  INTERPRETER_CLIENT_MUST_SIZE = 0x02,
  INTERPRETER_HAS_RETURN = 0x04,
  INTERPRETER_HAS_PIPES = 0x08,
  INTERPRETER_HAS_ASYNC_UUID = 0x20,
  INTERPRETER_HAS_EXTENSIONS = 0x40,
  INTERPRETER_HAS_ASYNC_HANDLE = 0x80,
};

/* INTERPRETER_OPT_FLAGS2 of the Windows 2000 extensions. */
enum extension_flag {
  EXTENSION_NEW_CORRELATION = 0x01,
  EXTENSION_NOTIFY = 0x08,
  EXTENSION_NOTIFY2 = 0x10,
  EXTENSION_COMPLEX_RETURN = 0x20,
  EXTENSION_RANGE_ON_CONFORMANCE = 0x40,
};

/* PARAM_ATTRIBUTES. */
enum parameter_flag {
  PARAMETER_MUST_SIZE = 0x0001,
  PARAMETER_MUST_FREE = 0x0002,
  PARAMETER_IS_PIPE = 0x0004,
  PARAMETER_IS_IN = 0x0008,
  PARAMETER_IS_OUT = 0x0010,
  PARAMETER_IS_RETURN = 0x0020,
  PARAMETER_IS_BASE_TYPE = 0x0040,
  PARAMETER_IS_BY_VALUE = 0x0080,
  PARAMETER_IS_SIMPLE_REF = 0x0100,
};

struct parameter {
  unsigned short flags;
  unsigned short stack_offset;
  unsigned short server_allocation; /* bytes the server's frame holds for it; 0: none */
  PFORMAT_STRING format;            /* of its type; behind the pointer of a simple ref */
};

struct procedure {
  PMIDL_STUB_DESC description;
  unsigned char handle_type; /* 0: explicit, described by handle_format */
  unsigned char flags;       /* enum procedure_flag */
  unsigned char interpreter; /* enum interpreter_flag; 0 in version 1 */
  unsigned char extensions;  /* enum extension_flag */
  unsigned short number;     /* of the procedure in its interface */
  unsigned short stack_size; /* of all parameters, hidden ones and the return value included */
  unsigned short notify_index;
  unsigned short parameter_count; /* version 2 */
  bool old_parameters;            /* version 1: -Oi parameter descriptions */
  ULONG rpc_flags;
  PFORMAT_STRING handle_format;
  PFORMAT_STRING parameters;
};

/* Where parameter_next() is. */
struct parameter_iterator {
  const struct procedure *procedure;
  PFORMAT_STRING next;
  unsigned int index;
  unsigned int stack_offset; /* version 1 */
};

/*
 * Decodes the procedure at `format`. Raises RPC_X_BAD_STUB_DATA for a handle of a kind that
 * does not exist and RPC_X_WRONG_STUB_VERSION for what this interpreter does not do: pipes, and
 * structures returned by value that do not fit into registers.
 */
void procedure_parse(struct procedure *procedure, PMIDL_STUB_DESC description,
                     PFORMAT_STRING format);

/*
 * Whether the procedure at `format` belongs to a COM interface, which Wine's own interpreter
 * serves.
 */
bool procedure_is_of_object(PFORMAT_STRING format);

void parameters_begin(const struct procedure *procedure, struct parameter_iterator *iterator);
/* false: there was none left. */
bool parameter_next(struct parameter_iterator *iterator, struct parameter *parameter);

/*
 * Bytes a server has to provide for the arguments and for the [out] parameters whose size the
 * format string knows (server_allocation, each rounded up to 8).
 */
size_t procedure_frame_size(const struct procedure *procedure);

#endif
