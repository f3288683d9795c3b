import FoundationEssentials

/// JSON bytes that decode with errors a sender can act on.
struct JSONDocument {
    let bytes: [UInt8]

    /// Accepts any bytes; that they are JSON shows when they are decoded.
    init(_ bytes: [UInt8]) throws(RequestRejection) {
        self.bytes = bytes
    }

    /// Decodes, and tells in field names and shapes why it did not.
    func decode<Value: Decodable>(_ type: Value.Type) throws(RequestRejection) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw rejection(for: error)
        } catch let error as RequestRejection {
            throw error
        } catch {
            throw RequestRejection(.notJSON, "value: is not JSON")
        }
    }

    /// The bytes of a member of the outermost object, re-encoded, or `nil` when it has none.
    func member(_ name: String) throws(RequestRejection) -> [UInt8]? {
        do {
            let members = try JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
            guard let value = members[name] else { return nil }
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw RequestRejection(.notJSON, "value: is not a JSON object")
        }
    }

    private func rejection(for error: DecodingError) -> RequestRejection {
        switch error {
        case .keyNotFound(let key, let context):
            return RequestRejection(
                .invalidData,
                "\(path(context.codingPath + [key])): missing; it is required"
            )
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            let found = (try? JSONDecoder().decode(JSONShape.self, from: Data(bytes)))?
                .at(context.codingPath)
            return RequestRejection(
                .invalidData,
                "\(path(context.codingPath)): is \(found?.description ?? "missing"); "
                    + "expected \(Self.name(of: type))"
            )
        case .dataCorrupted(let context):
            guard context.codingPath.isEmpty else {
                return RequestRejection(
                    .invalidData,
                    "\(path(context.codingPath)): \(context.debugDescription)"
                )
            }
            return RequestRejection(.notJSON, "value: is not JSON; send one JSON object")
        @unknown default:
            return RequestRejection(.notJSON, "value: cannot be read as JSON")
        }
    }

    private func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "value" : keys.map(\.stringValue).joined(separator: ".")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Int.Type, is Double.Type: "a number"
        case is [Any].Type: "an array"
        default: "an object"
        }
    }
}

/// Any JSON value, kept so that the data of a structured event can be handed on by itself.
private enum JSONValue: Codable {
    case null, bool(Bool), integer(Int64), number(Double), string(String)
    case array([JSONValue]), object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let object = try? value.decode([String: JSONValue].self) {
            self = .object(object)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else {
            self = .number(try value.decode(Double.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
