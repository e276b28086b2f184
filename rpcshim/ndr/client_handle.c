#include "client_handle.h"

#include "client_context.h"
#include "engine.h"
#include "raise.h"

/* Fields of the descriptions behind the header of a procedure. */
#define HANDLE_FLAGS(format)         ((format)[1])
#define HANDLE_OFFSET(format)        format_u16((format) + 2)
#define GENERIC_SIZE(format)         ((format)[1] & 0x0f)
#define GENERIC_ROUTINE(format)      ((format)[4])
#define PRIMITIVE_IS_VIA_PTR(format) ((format)[1] != 0)

/* Where the handle itself is. */
static const unsigned char *explicit_slot(const unsigned char *stack, PFORMAT_STRING format,
                                          bool via_pointer)
{
  const unsigned char *slot = stack + HANDLE_OFFSET(format);

  if (via_pointer)
    slot = *(unsigned char *const *)slot;
  if (!slot)
    raise_status(RPC_X_NULL_REF_POINTER);
  return slot;
}

/* A generic handle is anything up to the size of a pointer; its routines get it as one. */
static void *generic_object(const unsigned char *stack, PFORMAT_STRING format)
{
  void *object = NULL;

  memcpy(&object, explicit_slot(stack, format, HANDLE_FLAGS(format) & HANDLE_PARAM_IS_VIA_PTR),
         GENERIC_SIZE(format) < sizeof(object) ? GENERIC_SIZE(format) : sizeof(object));
  return object;
}

static const GENERIC_BINDING_ROUTINE_PAIR *generic_routines(const struct procedure *procedure)
{
  return &procedure->description
              ->aGenericBindingRoutinePairs[GENERIC_ROUTINE(procedure->handle_format)];
}

static RPC_BINDING_HANDLE bind_explicit(const struct procedure *procedure,
                                        const unsigned char *stack)
{
  PFORMAT_STRING format = procedure->handle_format;
  RPC_BINDING_HANDLE binding;
  NDR_CCONTEXT context;
  RPC_STATUS status;

  switch (*format) {
  case FC_BIND_PRIMITIVE:
    return *(RPC_BINDING_HANDLE *)explicit_slot(stack, format, PRIMITIVE_IS_VIA_PTR(format));
  case FC_BIND_GENERIC:
    return generic_routines(procedure)->pfnBind(generic_object(stack, format));
  default: /* FC_BIND_CONTEXT: procedure_parse lets nothing else pass */
    context = *(NDR_CCONTEXT *)explicit_slot(stack, format,
                                             HANDLE_FLAGS(format) & HANDLE_PARAM_IS_VIA_PTR);
    /*
     * The call needs it to find the server, so that it cannot be NULL whatever the flags say.
     */
    if (!context)
      raise_status(RPC_X_SS_IN_NULL_CONTEXT);
    status = client_context_binding(context, &binding);
    if (status != RPC_S_OK)
      raise_status(status);
    return binding;
  }
}

static RPC_STATUS bind_string(const char *protocol_sequence, const char *endpoint,
                              RPC_BINDING_HANDLE *binding)
{
  RPC_CSTR string = NULL;
  RPC_STATUS status = engine.RpcStringBindingComposeA(NULL, (RPC_CSTR)protocol_sequence, NULL,
                                                      (RPC_CSTR)endpoint, NULL, &string);

  if (status != RPC_S_OK)
    return status;
  status = RpcBindingFromStringBindingA(string, binding);
  engine.RpcStringFreeA(&string);
  return status;
}

/*
 * An automatic handle asks the name service for any server. There is none under Wine, so that
 * it is a server of this machine: at an endpoint of the interface specification, or else one
 * that the endpoint mapper knows.
 */
static RPC_STATUS bind_automatically(const RPC_CLIENT_INTERFACE *specification,
                                     RPC_BINDING_HANDLE *binding)
{
  for (unsigned int i = 0; i < specification->RpcProtseqEndpointCount; i++) {
    const RPC_PROTSEQ_ENDPOINT *known = &specification->RpcProtseqEndpoint[i];

    if (bind_string((const char *)known->RpcProtocolSequence, (const char *)known->Endpoint,
                    binding) == RPC_S_OK)
      return RPC_S_OK;
  }
  return bind_string("ncalrpc", NULL, binding);
}

RPC_BINDING_HANDLE client_handle_automatic(const MIDL_STUB_DESC *description)
{
  handle_t *variable = description->IMPLICIT_HANDLE_INFO.pAutoHandle;
  RPC_BINDING_HANDLE binding, earlier;
  RPC_STATUS status;

  earlier = InterlockedCompareExchangePointer(variable, NULL, NULL);
  if (earlier)
    return earlier;
  status = bind_automatically(description->RpcInterfaceInformation, &binding);
  if (status != RPC_S_OK)
    raise_status(status);
  earlier = InterlockedCompareExchangePointer(variable, binding, NULL);
  if (!earlier)
    return binding;
  RpcBindingFree(&binding);
  return earlier;
}

RPC_BINDING_HANDLE client_handle_bind(const struct procedure *procedure,
                                      const unsigned char *stack)
{
  const GENERIC_BINDING_INFO *generic;
  RPC_BINDING_HANDLE binding;

  switch (procedure->handle_type) {
  case FC_BIND_PRIMITIVE:
    binding = *procedure->description->IMPLICIT_HANDLE_INFO.pPrimitiveHandle;
    break;
  case FC_BIND_GENERIC:
    generic = procedure->description->IMPLICIT_HANDLE_INFO.pGenericBindingInfo;
    binding = generic->pfnBind(generic->pObj);
    break;
  case FC_AUTO_HANDLE:
    binding = client_handle_automatic(procedure->description);
    break;
  case FC_CALLBACK_HANDLE:
    binding = I_RpcGetCurrentCallHandle();
    break;
  default:
    binding = bind_explicit(procedure, stack);
    break;
  }
  if (!binding)
    raise_status(RPC_S_INVALID_BINDING);
  return binding;
}

void client_handle_unbind(const struct procedure *procedure, const unsigned char *stack,
                          RPC_BINDING_HANDLE handle)
{
  const GENERIC_BINDING_INFO *generic;

  if (procedure->handle_type == FC_BIND_GENERIC) {
    generic = procedure->description->IMPLICIT_HANDLE_INFO.pGenericBindingInfo;
    generic->pfnUnbind(generic->pObj, handle);
  } else if (procedure->handle_type == 0 && *procedure->handle_format == FC_BIND_GENERIC) {
    generic_routines(procedure)->pfnUnbind(generic_object(stack, procedure->handle_format),
                                           handle);
  }
}
