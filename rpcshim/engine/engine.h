/*
 * The seam to Wine's own rpcrt4 (rpcrt4_wine.dll): what asyncshim calls in it.
 *
 * That is the NDR type engine, which works on a MIDL_STUB_MESSAGE and a buffer and knows
 * nothing of the runtime, the COM proxies and stubs, and a few helpers. Called by ndr/, com/,
 * binding/ (towers) and exports.
 * Every function is reached as engine.NAME(...): only names in the list below can be called.
 * `engine` is the import address table of rpcrt4_wine.dll (import_table.h), complete before any
 * code of ours runs, read-only afterwards: no lock.
 */
#ifndef ASYNCSHIM_ENGINE_ENGINE_H
#define ASYNCSHIM_ENGINE_ENGINE_H

#include <stdbool.h>
#include <windows.h>
#include <rpc.h>
#include <rpcndr.h>
#include <rpcasync.h>

#include "import_table.h"

/* Exported by Wine, in no header of MinGW-w64: C706 appendix L, protocol towers. */
typedef struct twr_t twr_t;
RPC_STATUS WINAPI TowerConstruct(const RPC_SYNTAX_IDENTIFIER *object,
                                 const RPC_SYNTAX_IDENTIFIER *syntax,
                                 const char *protocol_sequence, const char *endpoint,
                                 const char *address, twr_t **tower);
RPC_STATUS WINAPI TowerExplode(const twr_t *tower, RPC_SYNTAX_IDENTIFIER *object,
                               RPC_SYNTAX_IDENTIFIER *syntax, char **protocol_sequence,
                               char **endpoint, char **address);

/* As <rpcproxy.h> has them, which drags in all of COM. */
struct tagProxyFileInfo;
struct tagCStdPSFactoryBuffer;
RPCRTAPI HRESULT RPC_ENTRY NdrDllGetClassObject(const CLSID *class_id, const IID *iid,
                                                void **object,
                                                const struct tagProxyFileInfo **files,
                                                const CLSID *own_class_id,
                                                struct tagCStdPSFactoryBuffer *factory);
RPCRTAPI HRESULT RPC_ENTRY NdrDllCanUnloadNow(struct tagCStdPSFactoryBuffer *factory);
RPCRTAPI HRESULT RPC_ENTRY NdrDllRegisterProxy(HMODULE module,
                                               const struct tagProxyFileInfo **files,
                                               const CLSID *class_id);
struct IRpcStubBuffer;
struct tagRPCOLEMESSAGE;
struct IRpcChannelBuffer;
HRESULT STDMETHODCALLTYPE CStdStubBuffer_Invoke(struct IRpcStubBuffer *stub,
                                                struct tagRPCOLEMESSAGE *message,
                                                struct IRpcChannelBuffer *channel);
struct ITypeInfo;
struct IUnknown;
HRESULT WINAPI CreateStubFromTypeInfo(struct ITypeInfo *type, const IID *iid,
                                      struct IUnknown *server, struct IRpcStubBuffer **stub);

/* The four routines of the types that have something to free, and of those that do not. */
#define ENGINE_TYPE(X, type)                                                                   \
  X(Ndr##type##BufferSize)                                                                     \
  X(Ndr##type##Marshall)                                                                       \
  X(Ndr##type##Unmarshall)                                                                     \
  X(Ndr##type##MemorySize)
#define ENGINE_TYPE_WITH_FREE(X, type)                                                         \
  ENGINE_TYPE(X, type)                                                                         \
  X(Ndr##type##Free)

/* The first ones are jumped to by assembly in ndr/, by their offset. */
#define ENGINE_FUNCTIONS(X)                                                                    \
  X(NdrClientCall2)                                                                            \
  ENGINE_FUNCTIONS_64(X)                                                                       \
  ENGINE_TYPE_WITH_FREE(X, Pointer)                                                            \
  ENGINE_TYPE_WITH_FREE(X, SimpleStruct)                                                       \
  ENGINE_TYPE_WITH_FREE(X, ConformantStruct)                                                   \
  ENGINE_TYPE_WITH_FREE(X, ConformantVaryingStruct)                                            \
  ENGINE_TYPE_WITH_FREE(X, ComplexStruct)                                                      \
  ENGINE_TYPE_WITH_FREE(X, FixedArray)                                                         \
  ENGINE_TYPE_WITH_FREE(X, ConformantArray)                                                    \
  ENGINE_TYPE_WITH_FREE(X, ConformantVaryingArray)                                             \
  ENGINE_TYPE_WITH_FREE(X, VaryingArray)                                                       \
  ENGINE_TYPE_WITH_FREE(X, ComplexArray)                                                       \
  ENGINE_TYPE_WITH_FREE(X, EncapsulatedUnion)                                                  \
  ENGINE_TYPE_WITH_FREE(X, NonEncapsulatedUnion)                                               \
  ENGINE_TYPE_WITH_FREE(X, XmitOrRepAs)                                                        \
  ENGINE_TYPE_WITH_FREE(X, UserMarshal)                                                        \
  ENGINE_TYPE_WITH_FREE(X, InterfacePointer)                                                   \
  ENGINE_TYPE(X, ConformantString)                                                             \
  ENGINE_TYPE(X, NonConformantString)                                                          \
  X(NdrByteCountPointerBufferSize)                                                             \
  X(NdrByteCountPointerMarshall)                                                               \
  X(NdrByteCountPointerUnmarshall)                                                             \
  X(NdrByteCountPointerFree)                                                                   \
  X(NdrRangeUnmarshall)                                                                        \
  X(NdrAllocate)                                                                               \
  X(NdrOleAllocate)                                                                            \
  X(NdrClientInitializeNew)                                                                    \
  X(NdrStubCall2)                                                                              \
  X(NdrServerInitializeNew)                                                                    \
  X(NdrFullPointerXlatInit)                                                                    \
  X(NdrFullPointerXlatFree)                                                                    \
  X(NdrCorrelationInitialize)                                                                  \
  X(NdrCorrelationFree)                                                                        \
  X(CStdStubBuffer_Invoke)                                                                     \
  X(CreateStubFromTypeInfo)                                                                    \
  X(NdrDllGetClassObject)                                                                      \
  X(NdrDllCanUnloadNow)                                                                        \
  X(NdrDllRegisterProxy)                                                                       \
  X(NdrClearOutParameters)                                                                     \
  X(I_RpcAllocate)                                                                             \
  X(I_RpcFree)                                                                                 \
  X(I_RpcExceptionFilter)                                                                      \
  X(RpcRaiseException)                                                                         \
  X(RpcStringBindingComposeA)                                                                  \
  X(RpcStringFreeA)                                                                            \
  X(TowerConstruct)                                                                            \
  X(TowerExplode)                                                                              \
  X(RpcStringBindingComposeW)                                                                  \
  X(RpcStringBindingParseW)                                                                    \
  X(RpcStringFreeW)                                                                            \
  X(UuidCreate)                                                                                \
  X(UuidFromStringW)                                                                           \
  X(UuidToStringW)

#ifdef _WIN64
#define ENGINE_FUNCTIONS_64(X) X(NdrClientCall3)
#else
#define ENGINE_FUNCTIONS_64(X)
#endif

ASYNCSHIM_DECLARE_IMPORT_TABLE(engine, ENGINE_FUNCTIONS);

/* A function that not every version of Wine has; NULL: this one lacks it. Any thread. */
FARPROC engine_find(const char *name);

/*
 * NdrAllocate keeps the blocks of a stub message in a list (MIDL_STUB_MESSAGE.pMemoryList) that
 * nothing in Wine's DLL ever walks. This is its node, which lies behind the block: the same in
 * Wine 8.0 to 10.0. The signature is checked before a node is believed.
 */
struct engine_allocation {
  ULONG signature;
  ULONG size; /* of the block in front of the node */
  ULONG reserved;
  struct engine_allocation *next;
};
#define ENGINE_ALLOCATION_SIGNATURE 0x4d454d4c /* "LMEM" in memory order */

/*
 * Frees every block that was allocated for `message`, without looking at what is in it: for a
 * graph of parameters that was not completely unmarshalled. Only where none of the blocks has
 * been freed.
 */
void engine_free_allocations(MIDL_STUB_MESSAGE *message);

#endif
