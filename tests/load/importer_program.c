/* A program that imports what importer.h says. Ends with 0, or what com_check says. */
#include <stdio.h>
#include <windows.h>

#include "com_check.h"
#include "importer.h"

int main(void)
{
  if (!importer_use()) {
    puts("what was imported does not work");
    return 3;
  }
  return com_check();
}
