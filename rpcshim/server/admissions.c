#include "admissions.h"

bool admissions_have(const struct admissions *admissions, uint32_t registration,
                     unsigned int procedure)
{
  for (unsigned int i = 0; i < ADMISSIONS_KEPT; i++)
    if (admissions->kept[i].registration == registration &&
        admissions->kept[i].procedure == procedure)
      return true;
  return false;
}

void admissions_add(struct admissions *admissions, uint32_t registration,
                    unsigned int procedure)
{
  admissions->kept[admissions->next] = (struct admission){registration, procedure};
  admissions->next = (admissions->next + 1) % ADMISSIONS_KEPT;
}
