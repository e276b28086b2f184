/*
 * ITally, a dual interface that only a type library describes: oleaut32 makes its proxies and
 * stubs. The library is written and registered by the test.
 */
#ifndef ASYNCSHIM_TESTS_TALLY_H
#define ASYNCSHIM_TESTS_TALLY_H

#include "harness.h"

#include <objbase.h>
#include <oaidl.h>

typedef struct ITally ITally;

typedef struct ITallyVtbl {
  HRESULT(STDMETHODCALLTYPE *QueryInterface)(ITally *tally, REFIID iid, void **object);
  ULONG(STDMETHODCALLTYPE *AddRef)(ITally *tally);
  ULONG(STDMETHODCALLTYPE *Release)(ITally *tally);
  HRESULT(STDMETHODCALLTYPE *GetTypeInfoCount)(ITally *tally, UINT *count);
  HRESULT(STDMETHODCALLTYPE *GetTypeInfo)
  (ITally *tally, UINT index, LCID lcid, ITypeInfo **info);
  HRESULT(STDMETHODCALLTYPE *GetIDsOfNames)
  (ITally *tally, REFIID iid, LPOLESTR *names, UINT count, LCID lcid, DISPID *ids);
  HRESULT(STDMETHODCALLTYPE *Invoke)
  (ITally *tally, DISPID id, REFIID iid, LCID lcid, WORD flags, DISPPARAMS *parameters,
   VARIANT *result, EXCEPINFO *exception, UINT *argument);
  HRESULT(STDMETHODCALLTYPE *Add)(ITally *tally, LONG value, LONG *sum);
} ITallyVtbl;

struct ITally {
  const ITallyVtbl *lpVtbl;
};

extern const IID IID_ITally;

/* Of the method, and of the dispatch interface. */
#define TALLY_ADD    7
#define TALLY_ADD_ID 1

/* An object that adds up; each call, by either interface, is told of before. */
struct tally {
  ITally tally;
  ITallyVtbl methods;
  LONG references; /* the test's own is the first */
  LONG sum;
  void (*in_call)(struct tally *tally);
  ISupportErrorInfo errors; /* for ITally and IDispatch */
  HRESULT result;           /* of each call */
};

void tally_init(struct tally *tally, void (*in_call)(struct tally *tally));

/* For all processes of the prefix, until it is unregistered. */
void tally_register(void);
void tally_unregister(void);

#endif
