//! The OpenAPI document: what the routes say of themselves, completed by what holds for all of them.

use serde_json::{Value, json};
use utoipa::PartialSchema as _;
use utoipa::ToSchema as _;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, Required, ServerBuilder,
};

use crate::api::WalletAccount;
use crate::problem::{FieldError, ProblemBody, ProblemCode};
use crate::request::KEY_BYTES_MAX;

/// Adds what every operation has: problems, and for writes the key and the preview.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Ratchet")
        .version("1")
        .description(Some(
            "Programmes of value growth and shared purchase. Amounts are decimal texts, times RFC 3339 in UTC. Every write needs \
             `Idempotency-Key` and takes `preview=true`. Errors are RFC 9457 problems with permanent codes, in the language of \
             `Accept-Language` (`zh`, else English). `x-permission` names who may call an operation.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url("/api/v1").build()]);
    for (path, item) in &mut document.paths.paths {
        complete_item(path, item);
    }
    let mut components = ComponentsBuilder::from(document.components.take().unwrap_or_default());
    for (name, schema) in [
        (ProblemBody::name(), ProblemBody::schema()),
        (FieldError::name(), FieldError::schema()),
        (ProblemCode::name(), ProblemCode::schema()),
        (WalletAccount::name(), WalletAccount::schema()),
    ] {
        components = components.schema(name, schema);
    }
    document.components = Some(
        components
            .security_scheme(
                "session",
                SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("ratchet_session"))),
            )
            .security_scheme(
                "key",
                SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
            )
            .build(),
    );
    document
}

fn complete_item(path: &str, item: &mut PathItem) {
    for (operation, write) in [(&mut item.get, false), (&mut item.post, true), (&mut item.delete, true)] {
        if let Some(operation) = operation {
            complete_operation(path, operation, write);
        }
    }
}

fn complete_operation(path: &str, operation: &mut Operation, write: bool) {
    if write && needs_key(path) {
        let text = |object: Object| RefOr::T(object.into());
        let parameters = operation.parameters.get_or_insert_default();
        parameters.push(
            ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some(
                    "The same key with the same content has one effect and one answer (IDEM-1).",
                ))
                .schema(Some(text(
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .min_length(Some(1))
                        .max_length(Some(KEY_BYTES_MAX))
                        .build(),
                )))
                .build()
                .into(),
        );
        parameters.push(
            ParameterBuilder::new()
                .name("preview")
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some("Says what would happen and changes nothing."))
                .schema(Some(text(ObjectBuilder::new().schema_type(Type::Boolean).build())))
                .build()
                .into(),
        );
    }
    let problem = ResponseBuilder::new()
        .description("A problem; nothing was changed, except where its code is `outcome_unknown`.")
        .header("X-Request-Id", Header::default())
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build(),
        )
        .build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
    let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
    operation.operation_id = operation.operation_id.take().map(|name| format!("{tag}_{name}"));
}

/// Whether a write needs `Idempotency-Key`: all do but a quote and a check, which change nothing, the provider's messages, which have ids of
/// their own, and
/// what begins or ends a session, whose secret is not said twice; and the lab, which keeps nothing that anybody would miss.
pub(crate) fn needs_key(path: &str) -> bool {
    let keeps_nothing =
        ["/sessions", "/demo", "/setup", "/people", "/lab"].iter().any(|begins| path.starts_with(begins));
    !keeps_nothing && !path.ends_with("/quote") && !path.ends_with("/check") && !path.contains("/callbacks/")
}

/// The document with a schema for each command of the general route: as the engine says them, without the fields that the server
/// states itself.
pub(crate) fn with_commands(document: &OpenApi, types: &[&str]) -> Value {
    let mut document = serde_json::to_value(document).expect("a document is JSON");
    let schema = ratchet_engine::command::commands_schema();
    let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
    let is_wanted = |name: &str| types.contains(&name) || !name.contains('.');
    let schemas = &mut document["components"]["schemas"];
    for (name, mut definition) in definitions.into_iter().filter(|(name, _)| is_wanted(name)) {
        for ours in ["key", "at", "actor"] {
            for place in ["/properties", "/examples/0"] {
                if let Some(fields) = definition.pointer_mut(place).and_then(Value::as_object_mut) {
                    fields.remove(ours);
                }
            }
            if let Some(required) = definition.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|name| name != ours);
            }
        }
        point_at_components(&mut definition);
        schemas[command_schema(&name)] = definition;
    }
    let each =
        types.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{}", command_schema(name)) }));
    schemas["CommandRequest"] = json!({
        "description": "A command of the engine without key, time and actor: those are the request's.",
        "oneOf": each.collect::<Vec<_>>(),
    });
    document
}

fn command_schema(name: &str) -> String {
    format!("Command.{name}")
}

fn point_at_components(part: &mut Value) {
    match part {
        Value::Object(fields) => {
            for (name, part) in fields {
                match part {
                    Value::String(reference) if name == "$ref" => {
                        *reference = reference.replace("#/$defs/", "#/components/schemas/Command.");
                    }
                    part => point_at_components(part),
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(point_at_components),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    fn check(part: &Value, document: &Value) {
        match part {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
                    assert!(found.is_some(), "{reference} leads nowhere");
                }
                fields.values().for_each(|part| check(part, document));
            }
            Value::Array(parts) => parts.iter().for_each(|part| check(part, document)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(&crate::openapi_json()).unwrap();
        check(&document, &document);
    }
}
