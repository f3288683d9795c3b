/// A consumer's events, for one reader; they end when the consumer does.
public struct ConsumerEvents: AsyncSequence, Sendable {
    let buffer: ConsumerEventBuffer

    /// Starts reading; a second reader would take events from the first.
    public func makeAsyncIterator() -> Iterator { Iterator(buffer: buffer) }

    /// Reads the events one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let buffer: ConsumerEventBuffer

        /// Waits for the next event; `nil` when the consumer has ended or the task is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async -> ConsumerEvent? {
            await buffer.next(isolation: actor)
        }
    }
}
