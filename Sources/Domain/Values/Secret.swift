/// A value that never shows itself: a token, a code, a verifier, a client secret.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    /// Hides a value; only ``reveal()`` gives it back.
    public init(_ value: String) {
        self.value = value
    }

    /// The value itself, for the one place that sends or encrypts it.
    public func reveal() -> String { value }

    /// Always the same word, so that interpolation shows nothing.
    public var description: String { "<secret>" }
    /// Always the same word, so that a debugger's `po` shows nothing.
    public var debugDescription: String { "<secret>" }
    /// Has no children, so that `dump` and reflection show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
