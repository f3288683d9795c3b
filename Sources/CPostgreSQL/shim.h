#pragma once

#include <libpq-fe.h>
#include <sys/prctl.h>

/// Names the calling thread: `pthread_setname_np` is hidden from Swift behind _GNU_SOURCE, and `prctl` is variadic.
static inline void cpostgresql_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
