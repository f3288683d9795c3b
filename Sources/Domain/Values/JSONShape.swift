import FoundationEssentials

/// A JSON document as a tree, used only to tell a sender what they sent instead of what was expected.
enum JSONShape: Decodable {
    case null, bool, number
    case string(length: Int)
    case array([JSONShape])
    case object([String: JSONShape])

    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: Key.self) {
            var members: [String: JSONShape] = [:]
            for key in keyed.allKeys {
                members[key.stringValue] = try keyed.decode(JSONShape.self, forKey: key)
            }
            self = .object(members)
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let string = try? value.decode(String.self) {
            self = .string(length: string.unicodeScalars.count)
        } else if (try? value.decode(Bool.self)) != nil {
            self = .bool
        } else if let elements = try? value.decode([JSONShape].self) {
            self = .array(elements)
        } else {
            self = .number
        }
    }

    /// The shape at a path, or `nil` when nothing is there.
    func at(_ path: some Collection<any CodingKey>) -> JSONShape? {
        guard let key = path.first else { return self }
        switch self {
        case .object(let members): return members[key.stringValue]?.at(path.dropFirst())
        case .array(let elements):
            guard let index = key.intValue, elements.indices.contains(index) else { return nil }
            return elements[index].at(path.dropFirst())
        default: return nil
        }
    }

    /// Words for an error message; never the value itself.
    var description: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string(let length): "a string of \(length) characters"
        case .array(let elements): "an array of \(elements.count) elements"
        case .object(let members): "an object with \(members.count) fields"
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int?
        init?(stringValue: String) {
            self.stringValue = stringValue
            intValue = nil
        }
        init?(intValue: Int) {
            stringValue = String(intValue)
            self.intValue = intValue
        }
    }
}
