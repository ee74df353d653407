//! `#[derive(Wire)]`: the journal's binary form of a struct or an enum, in the order of declaration, and the description of
//! it that stands in every journal (`docs/spec/journal.md`).
//!
//! A struct is a bitmap that says which fields differ from their default, then those fields. An enum is the number of the
//! variant, then its fields like those of a struct; a variant with one unnamed field is the number, then that field.
//!
//! `#[derive(Snapshot)]`: the form of a value of the state in a snapshot and in the digest (`docs/spec/snapshot.md`).

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Fields, Ident, Index, parse_macro_input};

/// Implements `crate::wire::Wire`.
#[proc_macro_derive(Wire)]
pub fn wire(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "Wire is derived for types without parameters"));
    }
    let body = match &input.data {
        Data::Struct(data) => of_struct(&input.ident, &data.fields)?,
        Data::Enum(data) => of_enum(&input.ident, data)?,
        Data::Union(_) => return Err(Error::new_spanned(input, "a union has no form in the journal")),
    };
    let name = &input.ident;
    let text = name.to_string();
    Ok(quote! {
        #[automatically_derived]
        #[allow(
            clippy::as_conversions,
            unused_mut,
            unused_variables,
            reason = "generated; empty structs and variants use nothing"
        )]
        impl crate::wire::Wire for #name {
            const NAME: &'static str = #text;
            #body
        }
    })
}

/// `LineAdded` as in the journal: `line_added`.
fn snake(name: &Ident) -> String {
    let mut text = String::new();
    for letter in name.to_string().trim_start_matches("r#").chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// Names of fields as they are bound in patterns, and as they stand in the journal.
struct Named {
    bound: Vec<Ident>,
    members: Vec<TokenStream>,
    names: Vec<String>,
    types: Vec<syn::Type>,
}

impl Named {
    fn of(fields: &Fields) -> Named {
        let (mut bound, mut members, mut names, mut types) = (vec![], vec![], vec![], vec![]);
        for (place, field) in fields.iter().enumerate() {
            bound.push(format_ident!("field_{place}"));
            let (member, name) = match &field.ident {
                Some(ident) => (quote!(#ident), ident.to_string().trim_start_matches("r#").to_owned()),
                None => {
                    let index = Index::from(place);
                    (quote!(#index), place.to_string())
                }
            };
            members.push(member);
            names.push(name);
            types.push(field.ty.clone());
        }
        Named { bound, members, names, types }
    }

    fn write(&self) -> TokenStream {
        let count = self.bound.len();
        if count == 0 {
            return quote!();
        }
        let bound = &self.bound;
        let bits = 0..count;
        quote! {
            let mark = out.begin_bits(#count);
            let mut bits = 0_u64;
            #(
                if !crate::wire::Wire::is_default(#bound, out) {
                    bits |= 1 << #bits;
                    crate::wire::Wire::write_present(#bound, out);
                }
            )*
            out.end_bits(mark, #count, bits);
        }
    }

    /// Reads all fields, in their order, into variables of their bound names.
    fn read(&self, of: &str) -> TokenStream {
        let count = self.bound.len();
        if count == 0 {
            return quote!();
        }
        let (bound, names, types) = (&self.bound, &self.names, &self.types);
        let bits = 0..count;
        quote! {
            let bits = input.bits(#count)?;
            #(
                let #bound = if bits >> #bits & 1 == 1 {
                    <#types as crate::wire::Wire>::read_present(input)?
                } else {
                    match <#types as crate::wire::Wire>::absent(input) {
                        Some(value) => value,
                        None => return Err(crate::wire::WireError::missing(#of, #names)),
                    }
                };
            )*
        }
    }

    fn fields_of(&self) -> TokenStream {
        let (names, types) = (&self.names, &self.types);
        quote!(vec![#((#names.to_owned(), <#types as crate::wire::Wire>::kind(types))),*])
    }

    /// Takes all fields by name out of `fields`.
    fn take(&self, of: &str) -> TokenStream {
        let (bound, names, types) = (&self.bound, &self.names, &self.types);
        quote! {
            let mut fields = fields;
            #( let #bound = crate::wire::take::<#types>(&mut fields, #of, #names)?; )*
            crate::wire::nothing_left(&fields, #of)?;
        }
    }
}

fn of_struct(name: &Ident, fields: &Fields) -> syn::Result<TokenStream> {
    if !matches!(fields, Fields::Named(_)) || fields.len() > 56 {
        return Err(Error::new_spanned(fields, "Wire is derived for structs of at most 56 named fields"));
    }
    let named = Named::of(fields);
    let (text, Named { bound, members, .. }) = (name.to_string(), &named);
    let (write, read, fields_of, take) =
        (named.write(), named.read(&text), named.fields_of(), named.take(&text));
    Ok(quote! {
        #[inline]
        fn write(&self, out: &mut crate::wire::Encoder) {
            let #name { #(#members: #bound),* } = self;
            #write
        }

        #[inline]
        fn read(input: &mut crate::wire::Decoder<'_>) -> Result<Self, crate::wire::WireError> {
            #read
            Ok(#name { #(#members: #bound),* })
        }

        fn kind(types: &mut crate::wire::Types) -> crate::wire::Kind {
            types.named(#text, |types| crate::wire::Form::Struct(#fields_of))
        }

        fn from_value(value: crate::wire::Value) -> Result<Self, crate::wire::WireError> {
            let fields = value.into_fields(#text)?;
            #take
            Ok(#name { #(#members: #bound),* })
        }

        #[inline]
        fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
            let #name { #(#members: #bound),* } = self;
            #( crate::wire::Wire::numbers(#bound, see); )*
        }
    })
}

fn of_enum(name: &Ident, data: &syn::DataEnum) -> syn::Result<TokenStream> {
    let text = name.to_string();
    let (mut writes, mut reads, mut forms, mut takes, mut numbers) = (vec![], vec![], vec![], vec![], vec![]);
    let mut first_is_plain = false;
    for (tag, variant) in data.variants.iter().enumerate() {
        let (ident, said) = (&variant.ident, snake(&variant.ident));
        let tag_text = u64::try_from(tag).unwrap_or(u64::MAX);
        let of = format!("{text}.{said}");
        let named = Named::of(&variant.fields);
        let Named { bound, members, types, .. } = &named;
        if named.bound.is_empty() && tag == 0 {
            first_is_plain = true;
        }
        let pattern = quote!(#name::#ident { #(#members: #bound),* });
        numbers.push(quote!(#pattern => { #( crate::wire::Wire::numbers(#bound, see); )* }));
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                writes.push(quote!(#pattern => {
                    out.varint(#tag_text);
                    #( crate::wire::Wire::write(#bound, out); )*
                }));
                reads.push(quote!(#tag_text => Ok(#name::#ident(
                    #( <#types as crate::wire::Wire>::read(input)? )*
                ))));
                forms.push(quote!((
                    #said.to_owned(),
                    crate::wire::Variant::Is(#( <#types as crate::wire::Wire>::kind(types) )*)
                )));
                takes.push(quote!(#said => Ok(#name::#ident(
                    #( <#types as crate::wire::Wire>::from_value(value)? )*
                ))));
            }
            Fields::Unnamed(_) => {
                return Err(Error::new_spanned(variant, "a variant has named fields, or one without a name"));
            }
            Fields::Unit | Fields::Named(_) => {
                if named.bound.len() > 56 {
                    return Err(Error::new_spanned(variant, "a variant has at most 56 fields"));
                }
                let (write, read, fields_of, take) =
                    (named.write(), named.read(&of), named.fields_of(), named.take(&of));
                writes.push(quote!(#pattern => { out.varint(#tag_text); #write }));
                reads.push(quote!(#tag_text => { #read Ok(#name::#ident { #(#members: #bound),* }) }));
                forms.push(quote!((#said.to_owned(), crate::wire::Variant::Has(#fields_of))));
                takes.push(quote!(#said => {
                    let fields = value.into_fields(#of)?;
                    #take
                    Ok(#name::#ident { #(#members: #bound),* })
                }));
            }
        }
    }
    let first = data.variants.first().map(|variant| &variant.ident);
    let default = if let (true, Some(first)) = (first_is_plain, first) {
        quote! {
            #[inline]
            fn is_default(&self, _out: &crate::wire::Encoder) -> bool {
                matches!(self, #name::#first { .. })
            }

            #[inline]
            fn absent(_input: &crate::wire::Decoder<'_>) -> Option<Self> {
                Some(#name::#first {})
            }

            fn absent_value() -> Option<Self> {
                Some(#name::#first {})
            }
        }
    } else {
        quote!()
    };
    Ok(quote! {
        #default

        fn write(&self, out: &mut crate::wire::Encoder) {
            match self { #(#writes)* }
        }

        fn read(input: &mut crate::wire::Decoder<'_>) -> Result<Self, crate::wire::WireError> {
            match input.varint()? {
                #(#reads,)*
                tag => Err(crate::wire::WireError::unknown_variant(#text, tag)),
            }
        }

        fn kind(types: &mut crate::wire::Types) -> crate::wire::Kind {
            types.named(#text, |types| crate::wire::Form::Enum(vec![#(#forms),*]))
        }

        fn from_value(value: crate::wire::Value) -> Result<Self, crate::wire::WireError> {
            let (variant, value) = value.into_variant(#text)?;
            match variant.as_str() {
                #(#takes,)*
                other => Err(crate::wire::WireError::unknown_name(#text, other)),
            }
        }

        #[inline]
        fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
            match self { #(#numbers)* }
        }
    })
}

/// Implements `crate::snapshot::Snapshot`: the fields one after the other, in the order of their declaration; of an enum the
/// number of the variant as one byte, then its fields. `#[snapshot(module = "…")]` keeps the name that the layout knows the type by
/// when the type has moved to another module.
#[proc_macro_derive(Snapshot, attributes(snapshot))]
pub fn snapshot(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    snapshot_of(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn snapshot_of(input: &DeriveInput) -> syn::Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "Snapshot is derived for types without parameters"));
    }
    let name = &input.ident;
    let text = name.to_string();
    let mut module = quote!(module_path!());
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("snapshot")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("module") {
                return Err(meta.error("only `module` can be said"));
            }
            let path: syn::LitStr = meta.value()?.parse()?;
            module = quote!(concat!("ratchet_engine::", #path));
            Ok(())
        })?;
    }
    let (layout, write, read) = match &input.data {
        Data::Struct(data) => {
            let Named { bound, members, names, types } = &Named::of(&data.fields);
            // Copied out of the struct: nothing may refer into a packed one.
            let is_packed = input.attrs.iter().any(|attribute| {
                attribute.path().is_ident("repr")
                    && attribute
                        .meta
                        .require_list()
                        .is_ok_and(|list| list.tokens.to_string().contains("packed"))
            });
            let parts = if is_packed {
                quote!(let (#(#bound,)*) = (#(&{ self.#members },)*);)
            } else {
                quote!(let #name { #(#members: #bound),* } = self;)
            };
            (
                quote!(#( text.push_str(&layout.field::<#types>(#names)); )*),
                quote! {
                    #parts
                    #( crate::snapshot::Snapshot::write(#bound, out); )*
                },
                quote! {
                    #( let #bound = <#types as crate::snapshot::Snapshot>::read(input)?; )*
                    Ok(#name { #(#members: #bound),* })
                },
            )
        }
        Data::Enum(data) => {
            let (mut layouts, mut writes, mut reads) = (vec![], vec![], vec![]);
            for (tag, variant) in data.variants.iter().enumerate() {
                let tag = u8::try_from(tag).map_err(|_| {
                    Error::new_spanned(variant, "Snapshot is derived for at most 256 variants")
                })?;
                let ident = &variant.ident;
                let heading = format!("  {tag} = {}\n", snake(ident));
                let Named { bound, members, names, types } = &Named::of(&variant.fields);
                layouts.push(quote! {
                    text.push_str(#heading);
                    #( text.push_str("  "); text.push_str(&layout.field::<#types>(#names)); )*
                });
                writes.push(quote!(#name::#ident { #(#members: #bound),* } => {
                    out.push(#tag);
                    #( crate::snapshot::Snapshot::write(#bound, out); )*
                }));
                reads.push(quote!(#tag => {
                    #( let #bound = <#types as crate::snapshot::Snapshot>::read(input)?; )*
                    Ok(#name::#ident { #(#members: #bound),* })
                }));
            }
            (
                quote!(#(#layouts)*),
                quote!(match self { #(#writes)* }),
                quote! {
                    match input.byte()? {
                        #(#reads)*
                        tag => Err(input.flaw(crate::snapshot::SnapshotFault::Variant { of: #text, tag })),
                    }
                },
            )
        }
        Data::Union(_) => return Err(Error::new_spanned(input, "a union has no form in a snapshot")),
    };
    Ok(quote! {
        #[automatically_derived]
        impl crate::snapshot::Snapshot for #name {
            fn layout(layout: &mut crate::snapshot::Layout) -> String {
                layout.named(#module, #text, |layout| {
                    let mut text = String::new();
                    #layout
                    text
                })
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                #write
            }

            #[inline]
            fn read(input: &mut crate::snapshot::Input<'_>) -> Result<Self, crate::snapshot::SnapshotError> {
                #read
            }
        }
    })
}
