internal import CRdKafka
internal import Synchronization

/// Commands from any thread to the one that blocks in a C queue's poll.
final class QueueMailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var queue: QueuePointer?

        /// Takes the queue's own lock for a moment and calls nothing back.
        func wake() {
            guard let queue else { return }
            unsafe rd_kafka_queue_yield(queue.raw)
        }
    }

    private let state = Mutex(State())

    /// Sets the queue whose poll a command ends.
    func attach(to queue: QueuePointer) {
        state.withLock { $0.queue = queue }
    }

    /// Forgets the queue, so that it can be freed; commands go on being taken.
    func detach() {
        state.withLock { $0.queue = nil }
    }

    /// Leaves a command; `false` when nobody will read it any more.
    func send(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.commands.append(command)
            state.wake()
            return true
        }
    }

    /// Ends the poll so that the thread looks around.
    func wake() {
        state.withLock { $0.wake() }
    }

    /// Takes all commands left so far.
    func takeAll() -> [Command] {
        state.withLock { state in
            defer { state.commands.removeAll(keepingCapacity: true) }
            return state.commands
        }
    }

    /// Refuses commands from now on and returns those still unread.
    func close() -> [Command] {
        state.withLock { state in
            state.isClosed = true
            state.queue = nil
            defer { state.commands = [] }
            return state.commands
        }
    }
}

// Safe because a C queue has its own lock; the owner thread closes the mailbox, whose every
// use of the pointer is under a lock, before it destroys the queue.
/// A C queue on its way into a mailbox.
@safe struct QueuePointer: @unchecked Sendable {
    let raw: OpaquePointer
}
