#define _GNU_SOURCE
#include "loopback_port.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local uint16_t wished_port;

void loopback_port_wish(uint16_t port) { wished_port = port; }

static int is_mock_thread(void) {
    char name[16] = "";
    return pthread_getname_np(pthread_self(), name, sizeof(name)) == 0 && !strcmp(name, "rdk:mock");
}

// A broker that comes up binds its old port again, and the mock cluster aborts where it cannot. A
// child process between fork and exec may hold the old socket for a moment more: wait for it, 2 s at
// most.
static int bind_again(int descriptor, const struct sockaddr *address, socklen_t length) {
    int on = 1;
    int result = -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    for (int attempt = 0; attempt < 200; attempt++) {
        result = (int)syscall(SYS_bind, descriptor, address, length);
        if (result == 0 || errno != EADDRINUSE) break;
        usleep(10000);
    }
    return result;
}

// The mock cluster aborts where it cannot bind: ports that are taken are passed over.
static int bind_wished(int descriptor, struct sockaddr_in address) {
    int result;
    do {
        address.sin_port = htons(wished_port++);
        result = (int)syscall(SYS_bind, descriptor, &address, sizeof(address));
    } while (result != 0 && errno == EADDRINUSE && wished_port);
    return result;
}

// Stands in for the C library's function, for shared libraries too: the linker lets a program's
// own symbol win. Whoever has no wish gets the plain system call.
int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    const struct sockaddr_in *asked = (const struct sockaddr_in *)address;
    if (!asked || length < sizeof(*asked) || asked->sin_family != AF_INET ||
        asked->sin_addr.s_addr != htonl(INADDR_LOOPBACK)) {
        return (int)syscall(SYS_bind, descriptor, address, length);
    }
    if (wished_port && asked->sin_port == 0) {
        return bind_wished(descriptor, *asked);
    }
    if (asked->sin_port != 0 && is_mock_thread()) return bind_again(descriptor, address, length);
    return (int)syscall(SYS_bind, descriptor, address, length);
}

// The mock cluster accepts connections that child processes would inherit: a broker that goes down
// would then seem connected for as long as any child lives.
int accept(int descriptor, struct sockaddr *address, socklen_t *length) {
    return (int)syscall(SYS_accept4, descriptor, address, length, SOCK_CLOEXEC);
}
