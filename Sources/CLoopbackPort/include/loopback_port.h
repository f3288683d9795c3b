#pragma once

#include <stdint.h>

/// Makes the calling thread's next sockets on 127.0.0.1 that ask for any port get this one, and
/// those after it, passing over what is taken; 0 ends the wish. librdkafka's mock cluster asks for any port, always.
void loopback_port_wish(uint16_t port);
