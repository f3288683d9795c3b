/// The notifications of a session, in the server's order.
///
/// It keeps the latest 1024 for a slow reader and drops older ones: a notification is a hint to
/// look, not the thing itself. It ends with the connection's scope, and throws a ``PostgresError``
/// if the connection is lost.
public struct PostgresNotifications: AsyncSequence, Sendable {
    typealias Continuation = AsyncThrowingStream<PostgresNotification, any Error>.Continuation

    private let stream: AsyncThrowingStream<PostgresNotification, any Error>
    let continuation: Continuation

    init() {
        (stream, continuation) = AsyncThrowingStream.makeStream(
            bufferingPolicy: .bufferingNewest(1024)
        )
    }

    /// Iterates over the notifications; there may be one iterator.
    public func makeAsyncIterator()
        -> AsyncThrowingStream<PostgresNotification, any Error>.AsyncIterator
    {
        stream.makeAsyncIterator()
    }
}
