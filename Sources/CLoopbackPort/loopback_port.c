#include "loopback_port.h"

#define _GNU_SOURCE
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local uint16_t wished_port;

void loopback_port_wish(uint16_t port) { wished_port = port; }

// Stands in for the C library's function, for shared libraries too: the linker lets a program's
// own symbol win. Whoever has no wish gets the plain system call.
int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    const struct sockaddr_in *asked = (const struct sockaddr_in *)address;
    struct sockaddr_in wished;
    if (wished_port && asked && length >= sizeof(wished) && asked->sin_family == AF_INET &&
        asked->sin_port == 0 && asked->sin_addr.s_addr == htonl(INADDR_LOOPBACK)) {
        wished = *asked;
        wished.sin_port = htons(wished_port++);
        return (int)syscall(SYS_bind, descriptor, &wished, sizeof(wished));
    }
    return (int)syscall(SYS_bind, descriptor, address, length);
}

// The mock cluster accepts connections that child processes would inherit: a broker that goes down
// would then seem connected for as long as any child lives.
int accept(int descriptor, struct sockaddr *address, socklen_t *length) {
    return (int)syscall(SYS_accept4, descriptor, address, length, SOCK_CLOEXEC);
}
