//! Tables as Parquet: 64-bit whole numbers and UTF-8 texts, every column optional, uncompressed, so that the bytes depend on nothing
//! but the rows.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::tables::{Cell, Table};

/// A file that takes tables of the same columns, one row group each.
pub(super) struct File<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

fn io(error: ParquetError) -> std::io::Error {
    std::io::Error::other(error)
}

impl<W: Write + Send> File<W> {
    pub(super) fn new(out: W, columns: &[(String, bool)]) -> std::io::Result<File<W>> {
        let fields = columns.iter().map(|(name, is_text)| {
            let physical = if *is_text { Physical::BYTE_ARRAY } else { Physical::INT64 };
            let converted = if *is_text { ConvertedType::UTF8 } else { ConvertedType::NONE };
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_converted_type(converted)
                .build()
                .map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(io)?;
        let schema = Type::group_type_builder("ratchet").with_fields(fields).build().map_err(io)?;
        let properties = WriterProperties::builder().set_created_by("ratchet".to_owned()).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(io)?;
        Ok(File { writer })
    }

    pub(super) fn write(&mut self, table: &Table) -> std::io::Result<()> {
        let mut group = self.writer.next_row_group().map_err(io)?;
        for (place, (_, is_text)) in table.columns.iter().enumerate() {
            let cells = || table.rows.iter().map(|row| &row[place]);
            let levels: Vec<i16> = cells().map(|cell| i16::from(*cell != Cell::Empty)).collect();
            let Some(mut column) = group.next_column().map_err(io)? else { break };
            if *is_text {
                let texts = cells().filter_map(|cell| match cell {
                    Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                    Cell::Number(_) | Cell::Empty => None,
                });
                let texts: Vec<ByteArray> = texts.collect();
                column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None).map_err(io)?;
            } else {
                let numbers = cells().filter_map(|cell| match cell {
                    Cell::Number(number) => Some(*number),
                    Cell::Text(_) | Cell::Empty => None,
                });
                let numbers: Vec<i64> = numbers.collect();
                column.typed::<Int64Type>().write_batch(&numbers, Some(&levels), None).map_err(io)?;
            }
            column.close().map_err(io)?;
        }
        group.close().map_err(io)?;
        Ok(())
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        self.writer.close().map(drop).map_err(io)
    }
}
