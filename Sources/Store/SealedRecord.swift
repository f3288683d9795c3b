import Domain
import FoundationEssentials
import Postgres

/// A record as a row of the inbox keeps it: as it is, or encrypted where it holds a secret.
struct SealedRecord {
    let bytes: [UInt8]
    /// `nil` for a record that is kept as it is.
    let keyID: String?

    init(_ parking: Parking, _ cipher: TokenCipher) throws {
        let packed = parking.record.packed
        guard parking.isSecret else {
            (bytes, keyID) = (packed, nil)
            return
        }
        bytes = try cipher.seal(
            Secret(Data(packed).base64EncodedString()),
            for: Self.name(parking.claim.identity)
        )
        keyID = cipher.currentKeyID
    }

    /// Reads the columns `record` and `key_id`.
    static func open(
        _ row: PostgresRow,
        _ identity: RequestIdentity,
        _ cipher: TokenCipher
    ) throws -> [UInt8] {
        let bytes = try row.decode("record", as: [UInt8].self)
        guard let keyID = try row.decode("key_id", as: String?.self) else { return bytes }
        let text = try cipher.open(bytes, keyID: keyID, for: name(identity))
        guard let packed = Data(base64Encoded: text.reveal()) else {
            throw StoreError(.corruptOutbox, "a parked request's record is not what was encrypted")
        }
        return Array(packed)
    }

    private static func name(_ identity: RequestIdentity) -> String {
        "inbox/\(identity.companyID)/\(identity.source)/\(identity.id)/record"
    }
}
