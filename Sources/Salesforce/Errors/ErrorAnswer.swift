import FoundationEssentials

/// What an answer says went wrong, whichever of Salesforce's forms it has.
///
/// REST answers an array of `errorCode` and `message`, OAuth an object of `error` and
/// `error_description`, the identity service one bare word; proxies in front answer HTML or nothing.
struct ErrorAnswer: Sendable {
    /// An error code and the text beside it.
    struct Item: Hashable, Sendable {
        /// Only letters, digits, `_` and `-`, at most 64 of them.
        var code: String?
        /// Lower case, to be compared, never to be shown.
        var text: String

        init(code: String?, text: String?) {
            self.code = code.flatMap(Self.sanitized)
            self.text = (text ?? "").lowercased()
        }

        /// Drops what cannot be part of a code, `nil` when nothing is left.
        static func sanitized(_ code: String) -> String? {
            let kept = String.UnicodeScalarView(
                code.unicodeScalars.filter {
                    $0.isASCII && ($0.properties.isAlphabetic || $0 == "_" || $0 == "-")
                        || ("0"..."9").contains($0)
                }.prefix(64)
            )
            return kept.isEmpty ? nil : String(kept)
        }
    }

    /// Never empty.
    var items: [Item]

    init(body: Data) {
        items = Self.restItems(body) ?? Self.oauthItem(body) ?? [Self.plainItem(body)]
    }

    private static func restItems(_ body: Data) -> [Item]? {
        guard let errors = try? JSONDecoder().decode([RESTError].self, from: body), !errors.isEmpty
        else { return nil }
        return errors.prefix(10).map { Item(code: $0.errorCode, text: $0.message) }
    }

    private static func oauthItem(_ body: Data) -> [Item]? {
        guard let error = try? JSONDecoder().decode(OAuthError.self, from: body) else { return nil }
        return [
            Item(code: error.error ?? error.errorCode, text: error.description ?? error.message)
        ]
    }

    /// A bare word is a code; a page is only text.
    private static func plainItem(_ body: Data) -> Item {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        if let code = element("errorCode", of: text) {
            return Item(code: code, text: element("message", of: text))
        }
        let word = text.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }
        let isOneWord = text.split(whereSeparator: \.isWhitespace).count == 1
        guard isOneWord, word.count <= 64, Item.sanitized(String(word)) == String(word) else {
            return Item(code: nil, text: text)
        }
        return Item(code: String(word), text: text)
    }

    /// The content of the first XML element of that name.
    private static func element(_ name: String, of text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text[start.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}

/// An error as REST calls answer it.
struct RESTError: Codable, Sendable {
    var errorCode: String?
    var message: String?
}

private struct OAuthError: Decodable {
    var error: String?
    var description: String?
    var errorCode: String?
    var message: String?

    enum CodingKeys: String, CodingKey {
        case error, errorCode, message
        case description = "error_description"
    }
}
