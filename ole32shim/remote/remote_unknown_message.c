#include "remote_unknown_message.h"

#include <string.h>

/* REFIPID, cRefs, cIids with its padding, and the array's size. */
struct query_header {
  GUID ipid;
  uint32_t references;
  uint16_t count, padding;
  uint32_t size;
};

/* cInterfaceRefs with its padding, and the array's size. */
struct release_header {
  uint16_t count, padding;
  uint32_t size;
};

/* What precedes the results: a unique pointer, and the array's size. */
struct results_header {
  uint32_t pointer;
  uint32_t size;
};

size_t remote_query_size(size_t count)
{
  return sizeof(struct query_header) + count * sizeof(IID);
}

void remote_query_write(void *buffer, const GUID *ipid, uint32_t references, const IID *iids,
                        size_t count)
{
  struct query_header header = {*ipid, references, (uint16_t)count, 0, (uint32_t)count};

  memcpy(buffer, &header, sizeof(header));
  memcpy((char *)buffer + sizeof(header), iids, count * sizeof(*iids));
}

static HRESULT read_status(const void *data)
{
  HRESULT result;

  memcpy(&result, data, sizeof(result));
  return result;
}

HRESULT remote_query_read(const void *reply, size_t length, struct query_result *results,
                          size_t count)
{
  const char *data = reply;
  struct results_header header;

  if (length < sizeof(header.pointer) + sizeof(HRESULT))
    return RPC_E_INVALID_DATAPACKET;
  memcpy(&header, data, sizeof(header));
  if (!header.pointer) {
    HRESULT result = read_status(data + sizeof(header.pointer));

    return FAILED(result) ? result : RPC_E_INVALID_DATAPACKET;
  }
  if (header.size != count ||
      length < sizeof(header) + count * sizeof(*results) + sizeof(HRESULT))
    return RPC_E_INVALID_DATAPACKET;
  memcpy(results, data + sizeof(header), count * sizeof(*results));
  return S_OK;
}

size_t remote_release_size(size_t count)
{
  return sizeof(struct release_header) + count * sizeof(struct interface_reference);
}

void remote_release_write(void *buffer, const struct interface_reference *references,
                          size_t count)
{
  struct release_header header = {(uint16_t)count, 0, (uint32_t)count};

  memcpy(buffer, &header, sizeof(header));
  memcpy((char *)buffer + sizeof(header), references, count * sizeof(*references));
}

HRESULT remote_release_read(const void *reply, size_t length)
{
  return length < sizeof(HRESULT) ? RPC_E_INVALID_DATAPACKET : read_status(reply);
}
