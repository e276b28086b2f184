#define MACRO_PROCEDURE(name) name##Named
typedef long INCLUDED_TYPE;
