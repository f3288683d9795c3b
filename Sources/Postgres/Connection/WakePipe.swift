internal import Glibc

/// Wakes a thread that sleeps in `poll`.
final class WakePipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: (Int32, Int32) = (-1, -1)
        let code = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            unsafe pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        precondition(code == 0, "pipe: error \(errno), the limit on open files is reached")
        (readEnd, writeEnd) = ends
        for end in [readEnd, writeEnd] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// A full pipe is no error: the sleeper then has wake-ups enough.
    func wake() {
        var byte: UInt8 = 1
        _ = unsafe write(writeEnd, &byte, 1)
    }

    private func drain() {
        var bytes: UInt64 = 0
        while unsafe read(readEnd, &bytes, 8) == 8 {}
    }

    /// Sleeps until a wake-up, the socket is ready or the time is over; a negative socket is left out.
    ///
    /// - Returns: whether there is something to read from the socket, be it its end.
    @discardableResult
    func sleep(socket: Int32 = -1, wantsWrite: Bool = false, timeout: Duration?) -> Bool {
        var descriptors = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0),
        ]
        _ = unsafe poll(&descriptors, 2, Self.milliseconds(timeout))
        if descriptors[0].revents != 0 { drain() }
        return descriptors[1].revents & ~Int16(POLLOUT) != 0
    }

    /// Like ``sleep(socket:wantsWrite:timeout:)`` while a connection is being made.
    func sleep(socket: Int32, wantsOnlyWrite: Bool, timeout: Duration) {
        var descriptors = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(wantsOnlyWrite ? POLLOUT : POLLIN), revents: 0),
        ]
        _ = unsafe poll(&descriptors, 2, Self.milliseconds(timeout))
        if descriptors[0].revents != 0 { drain() }
    }

    private static func milliseconds(_ timeout: Duration?) -> Int32 {
        guard let timeout else { return -1 }
        let (seconds, attoseconds) = timeout.components
        // Rounded up, so that a sleeper never wakes a moment too early and spins.
        let exact = Double(seconds) * 1000 + Double(attoseconds) / 1e15
        return Int32(min(max(exact.rounded(.up), 0), 3_600_000))
    }
}
