/*
 * What MinGW-w64's COM headers only declare, for programs that are cross-compiled for asyncshim
 * or for Windows: no import library has these. Include it after <objbase.h>, in one source file
 * of the program after <initguid.h>, which makes it define them.
 */
#ifndef ASYNCSHIM_COM_H
#define ASYNCSHIM_COM_H

#include <windows.h>
#include <objbase.h>
#include <objidl.h>

/* ISynchronize and ISynchronizeEvent of an event that a wait resets; can be aggregated. */
DEFINE_GUID(CLSID_StdEvent, 0x0000032b, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x46);
/* ISynchronize and ISynchronizeHandle of a manual-reset event; can be aggregated. */
DEFINE_GUID(CLSID_ManualResetEvent, 0x0000032c, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x46);
/* ISynchronizeContainer. */
DEFINE_GUID(CLSID_SynchronizeContainer, 0x0000032d, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00,
            0x00, 0x00, 0x00, 0x46);

/*
 * The asynchronous interfaces of IPipeByte, IPipeLong and IPipeDouble, which <objidl.h> has, as
 * it has AsyncIUnknown, AsyncIMultiQI, AsyncIAdviseSink and AsyncIAdviseSink2. In C and in C++,
 * with COBJMACROS as usual.
 *
 * Finish_Pull puts at most as many elements into `buf` as Begin_Pull has asked for; fewer are
 * no error, and none is the end of what the pipe has to give. Begin_Push has copied `buf` when
 * it returns.
 */
#ifndef __AsyncIPipeByte_INTERFACE_DEFINED__
#define __AsyncIPipeByte_INTERFACE_DEFINED__
typedef interface AsyncIPipeByte AsyncIPipeByte;
DEFINE_GUID(IID_AsyncIPipeByte, 0xdb2f3acb, 0x2f86, 0x11d1, 0x8e, 0x04, 0x00, 0xc0, 0x4f, 0xb9,
            0x98, 0x9a);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("db2f3acb-2f86-11d1-8e04-00c04fb9989a")
AsyncIPipeByte : public IUnknown
{
public:
  virtual HRESULT STDMETHODCALLTYPE Begin_Pull(ULONG cRequest) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Pull(BYTE * buf, ULONG * pcReturned) = 0;
  virtual HRESULT STDMETHODCALLTYPE Begin_Push(BYTE * buf, ULONG cSent) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Push() = 0;
};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(AsyncIPipeByte, 0xdb2f3acb, 0x2f86, 0x11d1, 0x8e, 0x04, 0x00, 0xc0, 0x4f, 0xb9,
                0x98, 0x9a)
#endif
#else
typedef struct AsyncIPipeByteVtbl {
  BEGIN_INTERFACE
  HRESULT(STDMETHODCALLTYPE *QueryInterface)
  (AsyncIPipeByte *This, REFIID riid, void **ppvObject);
  ULONG(STDMETHODCALLTYPE *AddRef)(AsyncIPipeByte *This);
  ULONG(STDMETHODCALLTYPE *Release)(AsyncIPipeByte *This);
  HRESULT(STDMETHODCALLTYPE *Begin_Pull)(AsyncIPipeByte *This, ULONG cRequest);
  HRESULT(STDMETHODCALLTYPE *Finish_Pull)(AsyncIPipeByte *This, BYTE *buf, ULONG *pcReturned);
  HRESULT(STDMETHODCALLTYPE *Begin_Push)(AsyncIPipeByte *This, BYTE *buf, ULONG cSent);
  HRESULT(STDMETHODCALLTYPE *Finish_Push)(AsyncIPipeByte *This);
  END_INTERFACE
} AsyncIPipeByteVtbl;
interface AsyncIPipeByte
{
  CONST_VTBL AsyncIPipeByteVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define AsyncIPipeByte_QueryInterface(This, riid, ppvObject)                                   \
  (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define AsyncIPipeByte_AddRef(This)               (This)->lpVtbl->AddRef(This)
#define AsyncIPipeByte_Release(This)              (This)->lpVtbl->Release(This)
#define AsyncIPipeByte_Begin_Pull(This, cRequest) (This)->lpVtbl->Begin_Pull(This, cRequest)
#define AsyncIPipeByte_Finish_Pull(This, buf, pcReturned)                                      \
  (This)->lpVtbl->Finish_Pull(This, buf, pcReturned)
#define AsyncIPipeByte_Begin_Push(This, buf, cSent) (This)->lpVtbl->Begin_Push(This, buf, cSent)
#define AsyncIPipeByte_Finish_Push(This)            (This)->lpVtbl->Finish_Push(This)
#endif
#endif
#endif

#ifndef __AsyncIPipeLong_INTERFACE_DEFINED__
#define __AsyncIPipeLong_INTERFACE_DEFINED__
typedef interface AsyncIPipeLong AsyncIPipeLong;
DEFINE_GUID(IID_AsyncIPipeLong, 0xdb2f3acd, 0x2f86, 0x11d1, 0x8e, 0x04, 0x00, 0xc0, 0x4f, 0xb9,
            0x98, 0x9a);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("db2f3acd-2f86-11d1-8e04-00c04fb9989a")
AsyncIPipeLong : public IUnknown
{
public:
  virtual HRESULT STDMETHODCALLTYPE Begin_Pull(ULONG cRequest) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Pull(LONG * buf, ULONG * pcReturned) = 0;
  virtual HRESULT STDMETHODCALLTYPE Begin_Push(LONG * buf, ULONG cSent) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Push() = 0;
};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(AsyncIPipeLong, 0xdb2f3acd, 0x2f86, 0x11d1, 0x8e, 0x04, 0x00, 0xc0, 0x4f, 0xb9,
                0x98, 0x9a)
#endif
#else
typedef struct AsyncIPipeLongVtbl {
  BEGIN_INTERFACE
  HRESULT(STDMETHODCALLTYPE *QueryInterface)
  (AsyncIPipeLong *This, REFIID riid, void **ppvObject);
  ULONG(STDMETHODCALLTYPE *AddRef)(AsyncIPipeLong *This);
  ULONG(STDMETHODCALLTYPE *Release)(AsyncIPipeLong *This);
  HRESULT(STDMETHODCALLTYPE *Begin_Pull)(AsyncIPipeLong *This, ULONG cRequest);
  HRESULT(STDMETHODCALLTYPE *Finish_Pull)(AsyncIPipeLong *This, LONG *buf, ULONG *pcReturned);
  HRESULT(STDMETHODCALLTYPE *Begin_Push)(AsyncIPipeLong *This, LONG *buf, ULONG cSent);
  HRESULT(STDMETHODCALLTYPE *Finish_Push)(AsyncIPipeLong *This);
  END_INTERFACE
} AsyncIPipeLongVtbl;
interface AsyncIPipeLong
{
  CONST_VTBL AsyncIPipeLongVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define AsyncIPipeLong_QueryInterface(This, riid, ppvObject)                                   \
  (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define AsyncIPipeLong_AddRef(This)               (This)->lpVtbl->AddRef(This)
#define AsyncIPipeLong_Release(This)              (This)->lpVtbl->Release(This)
#define AsyncIPipeLong_Begin_Pull(This, cRequest) (This)->lpVtbl->Begin_Pull(This, cRequest)
#define AsyncIPipeLong_Finish_Pull(This, buf, pcReturned)                                      \
  (This)->lpVtbl->Finish_Pull(This, buf, pcReturned)
#define AsyncIPipeLong_Begin_Push(This, buf, cSent) (This)->lpVtbl->Begin_Push(This, buf, cSent)
#define AsyncIPipeLong_Finish_Push(This)            (This)->lpVtbl->Finish_Push(This)
#endif
#endif
#endif

#ifndef __AsyncIPipeDouble_INTERFACE_DEFINED__
#define __AsyncIPipeDouble_INTERFACE_DEFINED__
typedef interface AsyncIPipeDouble AsyncIPipeDouble;
DEFINE_GUID(IID_AsyncIPipeDouble, 0xdb2f3acf, 0x2f86, 0x11d1, 0x8e, 0x04, 0x00, 0xc0, 0x4f,
            0xb9, 0x98, 0x9a);
#if defined(__cplusplus) && !defined(CINTERFACE)
MIDL_INTERFACE("db2f3acf-2f86-11d1-8e04-00c04fb9989a")
AsyncIPipeDouble : public IUnknown
{
public:
  virtual HRESULT STDMETHODCALLTYPE Begin_Pull(ULONG cRequest) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Pull(DOUBLE * buf, ULONG * pcReturned) = 0;
  virtual HRESULT STDMETHODCALLTYPE Begin_Push(DOUBLE * buf, ULONG cSent) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish_Push() = 0;
};
#ifdef __CRT_UUID_DECL
__CRT_UUID_DECL(AsyncIPipeDouble, 0xdb2f3acf, 0x2f86, 0x11d1, 0x8e, 0x04, 0x00, 0xc0, 0x4f,
                0xb9, 0x98, 0x9a)
#endif
#else
typedef struct AsyncIPipeDoubleVtbl {
  BEGIN_INTERFACE
  HRESULT(STDMETHODCALLTYPE *QueryInterface)
  (AsyncIPipeDouble *This, REFIID riid, void **ppvObject);
  ULONG(STDMETHODCALLTYPE *AddRef)(AsyncIPipeDouble *This);
  ULONG(STDMETHODCALLTYPE *Release)(AsyncIPipeDouble *This);
  HRESULT(STDMETHODCALLTYPE *Begin_Pull)(AsyncIPipeDouble *This, ULONG cRequest);
  HRESULT(STDMETHODCALLTYPE *Finish_Pull)
  (AsyncIPipeDouble *This, DOUBLE *buf, ULONG *pcReturned);
  HRESULT(STDMETHODCALLTYPE *Begin_Push)(AsyncIPipeDouble *This, DOUBLE *buf, ULONG cSent);
  HRESULT(STDMETHODCALLTYPE *Finish_Push)(AsyncIPipeDouble *This);
  END_INTERFACE
} AsyncIPipeDoubleVtbl;
interface AsyncIPipeDouble
{
  CONST_VTBL AsyncIPipeDoubleVtbl *lpVtbl;
};
#ifdef COBJMACROS
#define AsyncIPipeDouble_QueryInterface(This, riid, ppvObject)                                 \
  (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define AsyncIPipeDouble_AddRef(This)               (This)->lpVtbl->AddRef(This)
#define AsyncIPipeDouble_Release(This)              (This)->lpVtbl->Release(This)
#define AsyncIPipeDouble_Begin_Pull(This, cRequest) (This)->lpVtbl->Begin_Pull(This, cRequest)
#define AsyncIPipeDouble_Finish_Pull(This, buf, pcReturned)                                    \
  (This)->lpVtbl->Finish_Pull(This, buf, pcReturned)
#define AsyncIPipeDouble_Begin_Push(This, buf, cSent)                                          \
  (This)->lpVtbl->Begin_Push(This, buf, cSent)
#define AsyncIPipeDouble_Finish_Push(This) (This)->lpVtbl->Finish_Push(This)
#endif
#endif
#endif

#endif
