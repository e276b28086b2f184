/*
 * A struct of function pointers that is an import address table: the loader writes it when it
 * maps our DLL, before any code of ours can run. Nothing is found at run time, so nothing of it
 * depends on the order in which DLLs are loaded, attached and called, and no lock is needed.
 * A name that the DLL lacks is a function that ends the process and says which one it was, as
 * every import is under Wine.
 *
 *     #define FUNCTIONS(X) X(UuidCreate) X(UuidToStringW)
 *     ASYNCSHIM_DECLARE_IMPORT_TABLE(engine, FUNCTIONS);                  (header)
 *     ASYNCSHIM_IMPORT_TABLE(engine, "rpcrt4_wine.dll", FUNCTIONS)        (a source of its own)
 *
 * declares and defines `engine`, which is called as engine.UuidCreate(...). Built by hand,
 * because libraries for import have one symbol per name, which ours export themselves, and on
 * x86 with a decoration. (Microsoft's "PE Format": the .idata section.)
 *
 * A source of its own, because GNU ld takes an object with .idata sections for one of a library
 * for import, and drops the code in it when no relocation leads there, as none does to an export.
 *
 * The DLL named NAME_wine.dll has to come first of what ours imports: import_order.py.
 */
#ifndef ASYNCSHIM_DLL_IMPORT_TABLE_H
#define ASYNCSHIM_DLL_IMPORT_TABLE_H

#define IMPORT_TABLE_TEXT(x)  IMPORT_TABLE_TEXT_(x)
#define IMPORT_TABLE_TEXT_(x) #x
#define IMPORT_TABLE_PREFIX   IMPORT_TABLE_TEXT(__USER_LABEL_PREFIX__)

#ifdef _WIN64
#define IMPORT_TABLE_UPPER_HALF "\t.long 0\n"
#else
#define IMPORT_TABLE_UPPER_HALF
#endif
#define IMPORT_TABLE_DESCRIPTOR(table)                                                         \
  "\t.section .idata$2\n\t.rva .Lnames_" table "\n\t.long 0, 0\n"                              \
  "\t.rva .Ldll_" table ", " IMPORT_TABLE_PREFIX table "\n"
/* An entry is where a name lies, behind a hint for the search, which we have none for. */
#define IMPORT_TABLE_ENTRY(section, name)                                                      \
  "\t.section .idata$6\n1:\t.short 0\n\t.asciz \"" name "\"\n\t.p2align 1\n"                   \
  "\t.section " section "\n\t.rva 1b\n" IMPORT_TABLE_UPPER_HALF
#define IMPORT_TABLE_NAME(name) IMPORT_TABLE_ENTRY(".idata$4", #name)
#define IMPORT_TABLE_NAMES(table, entries)                                                     \
  "\t.section .idata$4\n.Lnames_" table ":\n" entries "\t.long 0\n" IMPORT_TABLE_UPPER_HALF
#define IMPORT_TABLE_SLOT(name) IMPORT_TABLE_ENTRY(".idata$5", #name)
#define IMPORT_TABLE_SLOTS(table, entries)                                                     \
  "\t.section .idata$5\n\t.globl " IMPORT_TABLE_PREFIX table "\n" IMPORT_TABLE_PREFIX table    \
  ":\n" entries "\t.long 0\n" IMPORT_TABLE_UPPER_HALF
#define IMPORT_TABLE_DLL(table, dll)                                                           \
  "\t.section .idata$7\n.Ldll_" table ":\t.asciz \"" dll "\"\n"

#define IMPORT_TABLE_MEMBER(name) __typeof__(&name) name;

#define ASYNCSHIM_DECLARE_IMPORT_TABLE(table, functions)                                       \
  struct table {                                                                               \
    functions(IMPORT_TABLE_MEMBER)                                                             \
  };                                                                                           \
  extern const struct table table

/* The table has the names, too, until the loader writes the functions. */
#define ASYNCSHIM_IMPORT_TABLE(table, dll, functions)                                          \
  __asm__(IMPORT_TABLE_DESCRIPTOR(#table)                                                      \
              IMPORT_TABLE_NAMES(#table, functions(IMPORT_TABLE_NAME))                         \
                  IMPORT_TABLE_SLOTS(#table, functions(IMPORT_TABLE_SLOT))                     \
                      IMPORT_TABLE_DLL(#table, dll) "\t.text\n");

#endif
