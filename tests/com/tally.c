#include "tally.h"

/* In a program that is linked with what <initguid.h> defines, as another one's. */
const IID IID_ITally = {
    0x60a30020, 0x2f3c, 0x4d4e, {0x9f, 0x59, 0x6f, 0x2f, 0x1d, 0x6c, 0x0e, 0x11}};
static const GUID LIBID_Tally = {
    0x60a30021, 0x2f3c, 0x4d4e, {0x9f, 0x59, 0x6f, 0x2f, 0x1d, 0x6c, 0x0e, 0x11}};
static const GUID LIBID_StdOle = {
    0x00020430, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

#ifdef _WIN64
#define KIND SYS_WIN64
#else
#define KIND SYS_WIN32
#endif

/* ---- the object ---- */

static struct tally *from_interface(ITally *tally)
{
  return CONTAINING_RECORD(tally, struct tally, tally);
}

static HRESULT STDMETHODCALLTYPE query_interface(ITally *tally, REFIID iid, void **object)
{
  *object = NULL;
  if (IsEqualIID(iid, &IID_ISupportErrorInfo)) {
    tally->lpVtbl->AddRef(tally);
    *object = &from_interface(tally)->errors;
    return S_OK;
  }
  if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch) &&
      !IsEqualIID(iid, &IID_ITally))
    return E_NOINTERFACE;
  tally->lpVtbl->AddRef(tally);
  *object = tally;
  return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(ITally *tally)
{
  return InterlockedIncrement(&from_interface(tally)->references);
}

static ULONG STDMETHODCALLTYPE release(ITally *tally)
{
  return InterlockedDecrement(&from_interface(tally)->references);
}

static HRESULT STDMETHODCALLTYPE get_type_info_count(ITally *tally, UINT *count)
{
  (void)tally;
  *count = 0;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_type_info(ITally *tally, UINT index, LCID lcid,
                                               ITypeInfo **info)
{
  (void)tally, (void)index, (void)lcid;
  *info = NULL;
  return DISP_E_BADINDEX;
}

static HRESULT STDMETHODCALLTYPE get_ids_of_names(ITally *tally, REFIID iid, LPOLESTR *names,
                                                  UINT count, LCID lcid, DISPID *ids)
{
  (void)tally, (void)iid, (void)names, (void)count, (void)lcid, (void)ids;
  return DISP_E_UNKNOWNNAME;
}

static HRESULT STDMETHODCALLTYPE add(ITally *interface_pointer, LONG value, LONG *sum)
{
  struct tally *tally = from_interface(interface_pointer);

  tally->in_call(tally);
  *sum = InterlockedAdd(&tally->sum, value);
  return tally->result;
}

static HRESULT STDMETHODCALLTYPE invoke(ITally *tally, DISPID id, REFIID iid, LCID lcid,
                                        WORD flags, DISPPARAMS *parameters, VARIANT *result,
                                        EXCEPINFO *exception, UINT *argument)
{
  (void)iid, (void)lcid, (void)flags, (void)exception, (void)argument;
  CHECK_EQ(id, TALLY_ADD_ID);
  CHECK_EQ(parameters->cArgs, 1);
  CHECK_EQ(V_VT(parameters->rgvarg), VT_I4);
  V_VT(result) = VT_I4;
  return add(tally, V_I4(parameters->rgvarg), &V_I4(result));
}

static const ITallyVtbl methods = {
    query_interface, add_ref,          release, get_type_info_count,
    get_type_info,   get_ids_of_names, invoke,  add};

static ITally *from_errors(ISupportErrorInfo *errors)
{
  return &CONTAINING_RECORD(errors, struct tally, errors)->tally;
}

static HRESULT STDMETHODCALLTYPE errors_query(ISupportErrorInfo *errors, REFIID iid,
                                              void **object)
{
  return query_interface(from_errors(errors), iid, object);
}

static ULONG STDMETHODCALLTYPE errors_add_ref(ISupportErrorInfo *errors)
{
  return add_ref(from_errors(errors));
}

static ULONG STDMETHODCALLTYPE errors_release(ISupportErrorInfo *errors)
{
  return release(from_errors(errors));
}

static HRESULT STDMETHODCALLTYPE supports(ISupportErrorInfo *errors, REFIID iid)
{
  (void)errors;
  return IsEqualIID(iid, &IID_ITally) || IsEqualIID(iid, &IID_IDispatch) ? S_OK : S_FALSE;
}

static ISupportErrorInfoVtbl errors_methods = {errors_query, errors_add_ref, errors_release,
                                               supports};

void tally_init(struct tally *tally, void (*in_call)(struct tally *tally))
{
  memset(tally, 0, sizeof(*tally));
  tally->methods = methods;
  tally->tally.lpVtbl = &tally->methods;
  tally->errors.lpVtbl = &errors_methods;
  tally->references = 1;
  tally->in_call = in_call;
}

/* ---- its type library ---- */

static void inherit_dispatch(ICreateTypeInfo *type)
{
  ITypeLib *library;
  ITypeInfo *base;
  HREFTYPE reference;

  CHECK_EQ(LoadRegTypeLib(&LIBID_StdOle, 2, 0, 0, &library), S_OK);
  CHECK_EQ(ITypeLib_GetTypeInfoOfGuid(library, &IID_IDispatch, &base), S_OK);
  CHECK_EQ(ICreateTypeInfo_AddRefTypeInfo(type, base, &reference), S_OK);
  CHECK_EQ(ICreateTypeInfo_AddImplType(type, 0, reference), S_OK);
  ITypeInfo_Release(base);
  ITypeLib_Release(library);
}

static void describe_add(ICreateTypeInfo *type)
{
  TYPEDESC number = {.vt = VT_I4};
  ELEMDESC parameters[2] = {
      {.tdesc.vt = VT_I4, .paramdesc.wParamFlags = PARAMFLAG_FIN},
      {.tdesc = {.vt = VT_PTR, .lptdesc = &number},
       .paramdesc.wParamFlags = PARAMFLAG_FOUT | PARAMFLAG_FRETVAL},
  };
  FUNCDESC function = {.memid = TALLY_ADD_ID,
                       .lprgelemdescParam = parameters,
                       .funckind = FUNC_PUREVIRTUAL,
                       .invkind = INVOKE_FUNC,
                       .callconv = CC_STDCALL,
                       .cParams = 2,
                       .elemdescFunc.tdesc.vt = VT_HRESULT};
  WCHAR *names[] = {(WCHAR *)L"Add", (WCHAR *)L"value", (WCHAR *)L"sum"};

  CHECK_EQ(ICreateTypeInfo_AddFuncDesc(type, 0, &function), S_OK);
  CHECK_EQ(ICreateTypeInfo_SetFuncAndParamNames(type, 0, names, 3), S_OK);
}

static void write_library(const WCHAR *path)
{
  ICreateTypeLib2 *library;
  ICreateTypeInfo *type;

  CHECK_EQ(CreateTypeLib2(KIND, path, &library), S_OK);
  CHECK_EQ(ICreateTypeLib2_SetGuid(library, &LIBID_Tally), S_OK);
  CHECK_EQ(ICreateTypeLib2_SetVersion(library, 1, 0), S_OK);
  CHECK_EQ(ICreateTypeLib2_SetName(library, (WCHAR *)L"Tally"), S_OK);
  CHECK_EQ(ICreateTypeLib2_CreateTypeInfo(library, (WCHAR *)L"ITally", TKIND_INTERFACE, &type),
           S_OK);
  CHECK_EQ(ICreateTypeInfo_SetGuid(type, &IID_ITally), S_OK);
  CHECK_EQ(ICreateTypeInfo_SetTypeFlags(type, TYPEFLAG_FDUAL | TYPEFLAG_FOLEAUTOMATION), S_OK);
  inherit_dispatch(type);
  describe_add(type);
  CHECK_EQ(ICreateTypeInfo_LayOut(type), S_OK);
  ICreateTypeInfo_Release(type);
  CHECK_EQ(ICreateTypeLib2_SaveAllChanges(library), S_OK);
  ICreateTypeLib2_Release(library);
}

static WCHAR path[MAX_PATH];

void tally_register(void)
{
  WCHAR folder[MAX_PATH];
  ITypeLib *library;

  CHECK(GetTempPathW(MAX_PATH, folder));
  CHECK(GetTempFileNameW(folder, L"tly", 0, path));
  write_library(path);
  CHECK_EQ(LoadTypeLibEx(path, REGKIND_REGISTER, &library), S_OK);
  ITypeLib_Release(library);
}

void tally_unregister(void)
{
  CHECK_EQ(UnRegisterTypeLib(&LIBID_Tally, 1, 0, 0, KIND), S_OK);
  CHECK(DeleteFileW(path));
}
