internal import Glibc

/// Strings as a null-terminated array of C strings, freed with it.
@safe
struct CStringArray: ~Copyable {
    private let strings: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    init(_ values: [String]) {
        unsafe strings = .allocate(capacity: values.count + 1)
        unsafe strings.initialize(repeating: nil)
        for (index, value) in values.enumerated() { unsafe strings[index] = unsafe strdup(value) }
    }

    deinit {
        for index in unsafe strings.indices { unsafe free(strings[index]) }
        unsafe strings.deallocate()
    }

    var pointer: UnsafePointer<UnsafePointer<CChar>?>? {
        unsafe UnsafeRawPointer(strings.baseAddress)?.assumingMemoryBound(
            to: UnsafePointer<CChar>?.self
        )
    }
}
