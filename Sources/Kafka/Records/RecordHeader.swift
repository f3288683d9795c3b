/// One header of a record; a record may carry several of the same name, in order.
public struct RecordHeader: Hashable, Sendable {
    /// The header's name.
    public var name: String
    /// The header's bytes; `nil` is a null value, which is not an empty one.
    public var value: [UInt8]?

    /// Makes a header from bytes.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Makes a header from text, in UTF-8.
    public init(name: String, text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}
