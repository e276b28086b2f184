#include "stand_in.h"

/* {B3D6C1A4-6D0E-4C67-8F5B-51B1F0A6B0E7}: of no interface. */
static const IID nobodys = {
    0xb3d6c1a4, 0x6d0e, 0x4c67, {0x8f, 0x5b, 0x51, 0xb1, 0xf0, 0xa6, 0xb0, 0xe7}};

bool is_stand_in(IUnknown *object)
{
  IUnknown *found = NULL;

  if (FAILED(object->lpVtbl->QueryInterface(object, &nobodys, (void **)&found)) || !found)
    return false;
  found->lpVtbl->Release(found);
  return true;
}
