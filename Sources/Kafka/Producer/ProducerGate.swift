/// Whether records may go out, and through which client handle.
struct ProducerGate {
    /// The handle; none while it is being rebuilt and once the producer is closed.
    var handle: ClientHandle?
    /// Grows each time the handle is rebuilt.
    private(set) var generation = 0
    /// Why records are refused; nil while they are not.
    private(set) var refusal: KafkaError?
    private var isClosed = false

    init(handle: ClientHandle) {
        self.handle = handle
    }

    /// The handle to write to, or why there is none.
    var destination: Result<ClientHandle, KafkaError> {
        if let refusal { return .failure(refusal) }
        guard let handle else { return .failure(Self.closedError) }
        return .success(handle)
    }

    /// Takes a broken handle out.
    mutating func refuse(because error: KafkaError) {
        handle = nil
        refusal = error
    }

    /// Puts a new handle in; records are still refused until that is acknowledged.
    mutating func rebuild(with handle: ClientHandle) {
        self.handle = handle
        generation += 1
    }

    /// Lets records through again; `false` where the rebuild was another one.
    mutating func acknowledge(_ generation: Int) -> Bool {
        guard !isClosed, handle != nil, generation == self.generation else { return false }
        refusal = nil
        return true
    }

    /// Refuses records for good; the handle stays for its owner to flush.
    mutating func close() {
        isClosed = true
        refusal = Self.closedError
    }

    static var closedError: KafkaError {
        KafkaError(.closed, reason: "the producer is closed", operation: "enqueue")
    }
}
