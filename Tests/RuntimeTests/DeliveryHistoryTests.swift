import Fixtures
import FoundationEssentials
import Store
import Testing

/// Order and completeness, whatever is parked, loaded, retried and taken over in between.
@Suite(.timeLimit(.minutes(2 + DeliveryHistory.count / 50)))
struct DeliveryHistoryTests {
    @Test(arguments: 0..<4) func requestsOfAKeyAreDoneOnceAndInOrder(_ part: Int) async throws {
        for seed in stride(from: part, to: DeliveryHistory.count, by: 4) {
            try await withPool { pool in
                _ = try await Migrator(pool: pool).migrate()
                let key = Data(repeating: 7, count: 32).base64EncodedString()
                let store = Store(pool: pool, cipher: try TokenCipher(keys: "k1:\(key)"))
                var history = try await DeliveryHistory(store: store, seed: seed, length: 60)
                try await history.play()
            }
        }
    }
}
