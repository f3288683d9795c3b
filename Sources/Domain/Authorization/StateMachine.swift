/// A state machine that is only a table: every state, every event, and what follows.
///
/// The drawings in the state page are held against these tables by a test.
public protocol StateMachine: RawRepresentable<String>, CaseIterable, Hashable, Sendable {
    associatedtype Event: RawRepresentable<String>, CaseIterable, Hashable, Sendable

    /// The state after an event, or `nil` when that event means nothing in this state.
    func next(on event: Event) -> Self?
}

/// An event reached a machine in a state where it means nothing.
public struct TransitionRefused: Error, Hashable, Sendable, CustomStringConvertible {
    /// Names machine, event and state.
    public let description: String
}

extension StateMachine {
    /// Moves to the state after an event.
    public mutating func apply(_ event: Event) throws(TransitionRefused) {
        guard let next = next(on: event) else {
            throw TransitionRefused(
                description: "\(Self.self): \(event.rawValue) means nothing while \(rawValue)"
            )
        }
        self = next
    }
}
