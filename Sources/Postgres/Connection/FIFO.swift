/// A queue whose both ends cost the same however long it is.
struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        defer {
            elements[head] = nil
            head += 1
            if head == elements.count || head > 1024 {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    func contains(where matches: (Element) -> Bool) -> Bool {
        elements[head...].contains { $0.map(matches) ?? false }
    }

    /// Takes out the first element that matches.
    mutating func remove(where matches: (Element) -> Bool) -> Element? {
        guard let index = elements[head...].firstIndex(where: { $0.map(matches) ?? false }) else {
            return nil
        }
        return elements.remove(at: index)
    }

    mutating func removeAll() -> [Element] {
        defer {
            elements.removeAll()
            head = 0
        }
        return elements[head...].compactMap(\.self)
    }
}
