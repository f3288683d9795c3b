import Domain
import Synchronization

/// The tokens a code was exchanged for, kept while their request is worked off and nowhere else.
final class ExchangedTokens: Sendable {
    private let tokens = Mutex<Tokens?>(nil)

    var current: Tokens? { tokens.withLock(\.self) }

    func keep(_ new: Tokens?) {
        tokens.withLock { $0 = new }
    }
}
