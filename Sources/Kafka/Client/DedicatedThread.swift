// A client handle is polled on a thread of its own: the C call blocks, and a cooperative thread
// must not.

internal import CRdKafka
internal import Glibc

/// Starts named threads that run one closure and end.
enum DedicatedThread {
    /// Runs the closure on a new detached thread; the system shows 15 characters of the name.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void)
        throws(KafkaError)
    {
        let work = unsafe Unmanaged.passRetained(Work(name: name, body: body))
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { unsafe pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, &attributes, runWork, work.toOpaque())
        guard result == 0 else {
            unsafe work.release()
            throw KafkaError(
                .wrongState,
                reason: "no thread: errno \(result)",
                isRetriable: true,
                operation: "pthread_create"
            )
        }
    }
}

/// What a thread is to do, retained from its creation until it has begun.
private final class Work {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let work = unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
    unsafe kafka_name_thread(String(work.name.prefix(15)))
    work.body()
    return nil
}
