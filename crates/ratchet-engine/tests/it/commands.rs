//! The table of commands: its examples, its JSON Schema, and what is left out.

use ratchet_engine::amount::Currency;
use ratchet_engine::command::{COMMAND_TYPES, Command, Envelope, command_examples, commands_schema};
use serde_json::Value;

fn read(line: &str) -> Result<Envelope, String> {
    Envelope::from_json(line, &Currency::CNY).map_err(|error| error.to_string())
}

fn without(line: &str, field: &str) -> String {
    let mut json: Value = serde_json::from_str(line).expect("JSON");
    json.as_object_mut().expect("an object").remove(field).expect("it was there");
    json.to_string()
}

/// Every type has an example, which is read and written as it stands.
#[test]
fn every_type_has_an_example() {
    let mut types = COMMAND_TYPES.iter();
    for line in command_examples() {
        let envelope = read(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(Some(&envelope.command.type_name()), types.next());
        assert_eq!(envelope.to_json(&Currency::CNY), line);
    }
    assert_eq!(types.next(), None);
}

/// The reader and the JSON Schema agree on which fields there are, which may be absent, and what other texts are refused.
#[test]
fn the_schema_says_what_is_read() {
    let schema = commands_schema();
    let valid = jsonschema::draft202012::new(&schema).expect("a schema");
    for (form, line) in Command::forms().iter().zip(command_examples()) {
        let json: Value = serde_json::from_str(line).expect("JSON");
        assert!(
            valid.is_valid(&json),
            "{line}: {:?}",
            valid.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>()
        );

        let mut more = json.clone();
        more["nonsense"] = "1".into();
        assert!(!valid.is_valid(&more) && read(&more.to_string()).is_err(), "{line}");
        for field in ["key", "at"] {
            let less = without(line, field);
            assert!(!valid.is_valid(&serde_json::from_str(&less).expect("JSON")) && read(&less).is_err());
        }
        for field in form.fields.iter().filter(|field| !json[field.name].is_null()) {
            let less = without(line, field.name);
            let is_valid = valid.is_valid(&serde_json::from_str(&less).expect("JSON"));
            assert_eq!(is_valid, field.shape.is_optional, "{less}");
            assert!(is_valid || read(&less).is_err(), "{less}");
            let mut other = json.clone();
            other[field.name] = serde_json::json!({"no": "value"});
            if field.shape.schema["type"] != "object" {
                assert!(!valid.is_valid(&other) && read(&other.to_string()).is_err(), "{other}");
            }
        }
    }
}

/// Who sends a command without `actor` is the field that the table names, else the operator.
#[test]
fn the_actor_is_the_one_concerned() {
    for (form, line) in Command::forms().iter().zip(command_examples()) {
        let json: Value = serde_json::from_str(line).expect("JSON");
        let named = form.actor.and_then(|field| json[field].as_str()).unwrap_or("operator");
        assert_eq!(read(&without(line, "actor")).expect("a command").actor.as_str(), named, "{line}");
    }
}
