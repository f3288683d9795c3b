internal import CPostgreSQL
internal import Glibc

/// A detached thread with a name that shows in `top -H` and debuggers (15 characters at most).
enum NamedThread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    static func spawn(name: String, body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                unsafe cpostgresql_name_thread(start.name)
                start.body()
                return nil
            },
            start
        )
        precondition(code == 0, "pthread_create: error \(code), the limit on threads is reached")
        pthread_detach(thread)
    }
}
