import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct SalesforceIDTests {
    @Test(arguments: [
        ("001A0000006Vm9u", "001A0000006Vm9uIAC"),
        ("00DB0000000TfcR", "00DB0000000TfcRMAS"),
        ("005B0000005Bk90", "005B0000005Bk90IAC"),
        ("00T000000000000", "00T000000000000EAA"),
        ("aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaAAA"),
        ("AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA555"),
        ("00DB0000000TfcRMAS", "00DB0000000TfcRMAS"),
    ])
    func shortFormBecomesTheLongOne(given: String, normal: String) {
        #expect(SalesforceID(given)?.text == normal)
    }

    @Test(arguments: [
        "", "00T", "00T0000000000000", "00T00000000000' ", "00T000000000'OR1=1", "00T00000000000é",
        "00T000000000000000000",
    ])
    func anythingElseIsNoID(text: String) {
        #expect(SalesforceID(text) == nil)
    }
}
