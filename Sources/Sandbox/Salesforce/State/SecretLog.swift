import DequeModule

/// Everything secret that went over the wire, so that a test can search a log for it.
struct SecretLog: Sendable {
    private static let capacity = 100_000
    private var known: Set<String> = []
    /// The oldest first; beyond the capacity the oldest goes.
    private(set) var all: Deque<String> = []

    /// Notes a text; an empty one or one that is known is passed over.
    mutating func note(_ text: String?) {
        guard let text, !text.isEmpty, known.insert(text).inserted else { return }
        if all.count == Self.capacity { known.remove(all.removeFirst()) }
        all.append(text)
    }

    /// Notes what a call to the token endpoints brings.
    mutating func note(secretsOf request: WireRequest) {
        guard request.method == "POST", request.segments.dropFirst().first == "oauth2" else {
            return
        }
        let form = request.form
        for name in ["code", "code_verifier", "refresh_token", "assertion", "token"] {
            note(form[name])
        }
    }
}
