/// A value that is not NULL, as it came from the server.
///
/// It keeps the result it points into alive, so it may be kept for as long as one likes.
@safe
public struct PostgresValue: Sendable {
    /// The type of the column, or of the array's element.
    public let type: PostgresType

    private let owner: ResultHandle
    // Safe because the memory belongs to `owner`, which never changes it and frees it last.
    nonisolated(unsafe) private let storage: UnsafeRawBufferPointer

    init(type: PostgresType, owner: ResultHandle, storage: UnsafeRawBufferPointer) {
        self.type = type
        self.owner = owner
        unsafe self.storage = unsafe storage
    }

    /// How many bytes the value has.
    public var count: Int { unsafe storage.count }

    /// A copy of the bytes, in the server's binary format.
    public var bytes: [UInt8] { unsafe Array(storage) }

    /// The bytes read as UTF-8.
    public var text: String { unsafe String(decoding: storage, as: UTF8.self) }

    /// Reads an integer in network byte order; nil if the value ends before it.
    func integer<Integer: FixedWidthInteger>(at offset: Int = 0, as: Integer.Type = Integer.self)
        -> Integer?
    {
        guard offset + MemoryLayout<Integer>.size <= count else { return nil }
        return unsafe Integer(
            bigEndian: storage.loadUnaligned(fromByteOffset: offset, as: Integer.self)
        )
    }

    /// A part of the value, as a value of its own; nil if it is not all there.
    func slice(_ offset: Int, _ length: Int, type: PostgresType) -> PostgresValue? {
        guard offset >= 0, length >= 0, offset + length <= count else { return nil }
        return unsafe PostgresValue(
            type: type,
            owner: owner,
            storage: UnsafeRawBufferPointer(rebasing: storage[offset..<offset + length])
        )
    }

    /// The error for a value that is not what was asked for.
    public func mismatch(expected: Any.Type) -> PostgresError {
        .decoding("expected \(expected), found \(type)")
    }
}

extension PostgresValue? {
    /// The value, or the error that says NULL was not expected.
    func required(_ expected: Any.Type) throws(PostgresError) -> PostgresValue {
        guard let self else { throw .decoding("expected \(expected), found NULL") }
        return self
    }
}
