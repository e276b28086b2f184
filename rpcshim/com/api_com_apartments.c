/* What our ole32.dll asks for by name. No function of Windows. */
#include "com_apartments.h"

const struct com_apartments *WINAPI AsyncshimComApartments(void);

const struct com_apartments *WINAPI AsyncshimComApartments(void)
{
  static const struct com_apartments apartments = {apartment_current, apartment_add_reference,
                                                   apartment_release, apartment_run,
                                                   apartment_at_end,  apartment_not_at_end};

  return &apartments;
}
