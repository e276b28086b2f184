/*
 * IAdder, an interface of one method, with its asynchronous one, AsyncIAdder; both made by
 * hand, without an IDL compiler (adder_proxy.c). And a server object that has ICallFactory but
 * refuses to create calls, so that COM calls its synchronous method.
 */
#ifndef ASYNCSHIM_TESTS_ADDER_H
#define ASYNCSHIM_TESTS_ADDER_H

#include "apartment.h"

#include "helper.h"

DEFINE_GUID(IID_IAdder, 0x3ad1a1f0, 0x52c4, 0x4a53, 0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d, 0x10,
            0x01);
DEFINE_GUID(IID_AsyncIAdder, 0x3ad1a1f0, 0x52c4, 0x4a53, 0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d,
            0x10, 0x02);
/* Twins that no object has, with AsyncIAdder's proxy. */
DEFINE_GUID(IID_INothing, 0x3ad1a1f0, 0x52c4, 0x4a53, 0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d, 0x10,
            0x04);
DEFINE_GUID(IID_AsyncINothing, 0x3ad1a1f0, 0x52c4, 0x4a53, 0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d,
            0x10, 0x05);
DEFINE_GUID(CLSID_AdderProxy, 0x3ad1a1f0, 0x52c4, 0x4a53, 0x9b, 0x58, 0x61, 0x0c, 0x2f, 0x9d,
            0x10, 0x03);

typedef struct adder adder;
struct adder_table {
  HRESULT(WINAPI *QueryInterface)(adder *self, REFIID iid, void **object);
  ULONG(WINAPI *AddRef)(adder *self);
  ULONG(WINAPI *Release)(adder *self);
  HRESULT(WINAPI *Add)(adder *self, LONG a, LONG b, LONG *sum);
};
struct adder {
  const struct adder_table *table;
};

typedef struct async_adder async_adder;
struct async_adder_table {
  HRESULT(WINAPI *QueryInterface)(async_adder *self, REFIID iid, void **object);
  ULONG(WINAPI *AddRef)(async_adder *self);
  ULONG(WINAPI *Release)(async_adder *self);
  HRESULT(WINAPI *Begin_Add)(async_adder *self, LONG a, LONG b);
  HRESULT(WINAPI *Finish_Add)(async_adder *self, LONG *sum);
};
struct async_adder {
  const struct async_adder_table *table;
};

/* First summands that make Add something else. The events are named, for all processes. */
enum {
  ADD_HELD = -1,        /* says L"adder_entered", waits for L"adder_gate", says L"adder_left" */
  ADD_FAILS = -2,       /* E_ACCESSDENIED */
  ADD_DISCONNECTS = -4, /* calls CoDisconnectObject for the object */
  ADD_TILL_CANCEL = -3, /* in the MTA: says L"adder_entered", returns when it is cancelled */
};

struct adder_events {
  HANDLE entered, gate, left; /* entered and left are reset by who waits, the gate is not */
};
void adder_events_open(struct adder_events *events);
void adder_events_close(struct adder_events *events);

/* Makes this process know the proxies and stubs; once, before any are needed. */
void adder_register_proxies(void);
/* The IPSFactoryBuffer of both interfaces. */
IPSFactoryBuffer *adder_proxy_factory(void);

/* A server in an apartment of this process, or of another one. */
struct adder_server {
  struct apartment_thread thread;
  HANDLE ready, stop;
  enum apartment apartment;
  bool plain;  /* the object has no ICallFactory */
  bool hidden; /* it is marshalled as IUnknown */
  BYTE reference[128];
  DWORD length; /* of the marshalled object */
  struct helper helper;
  bool remote;
};
void adder_server_start(struct adder_server *server, enum apartment apartment);
/* One without ICallFactory. */
void adder_server_start_plain(struct adder_server *server);
/* Likewise; what is unmarshalled is its IUnknown. */
void adder_server_start_hidden(struct adder_server *server);
void adder_server_start_process(struct adder_server *server, enum apartment apartment);
void adder_server_stop(struct adder_server *server);
/* The server's object, unmarshalled into this apartment; once. */
adder *adder_server_connect(struct adder_server *server);
/* The same, of one that is hidden. */
IUnknown *adder_server_connect_hidden(struct adder_server *server);
/* The object without ICallFactory itself, in this apartment. */
IUnknown *adder_plain_object(void);

#endif
