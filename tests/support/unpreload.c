/* unpreload.c: part of the module in sanitizer builds only. The interpreter is started with the sanitizer's runtime in
 * LD_PRELOAD; the programs that it starts in turn (postgres, psql, sqlite3) must run without. */
#include <stdlib.h>

__attribute__((constructor)) static void unpreload(void)
{
    unsetenv("LD_PRELOAD");
}
