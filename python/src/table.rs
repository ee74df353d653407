//! Tables for Python: Arrow memory, handed over without a copy by the PyCapsule interface.

use std::sync::{Arc, Mutex};

use arrow_array::builder::{StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Int64Array, RecordBatch, RecordBatchIterator, RecordBatchReader,
    StringArray,
};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use ratchet_sim::study::{self, Cell, Store};

/// Rows of the table of runs that are in memory at once.
const RUNS_TOGETHER: u64 = 4_096;
/// Rows of one batch: texts of a batch stay far below the 2 GiB that Arrow's offsets reach.
pub(crate) const ROWS_TOGETHER: usize = 1 << 20;

/// A table of whole numbers, exact decimals, instants and texts.
///
/// It speaks the Arrow PyCapsule interface: `pyarrow.table(t)`, `polars.DataFrame(t)` and `pandas.DataFrame.from_arrow(t)`
/// take it as it is, without a copy.
#[pyclass(module = "ratchet", frozen)]
pub(crate) struct Table {
    name: &'static str,
    schema: SchemaRef,
    rows: u64,
    rest: Rest,
}

/// Where the rows are.
enum Rest {
    Batches(Vec<RecordBatch>),
    /// On disk, read as they are asked for: memory does not grow with the runs.
    Runs(Arc<study::Study>, Arc<Mutex<Store>>),
}

impl Table {
    pub(crate) fn new(name: &'static str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Table {
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        Table { name, schema, rows, rest: Rest::Batches(batches) }
    }

    /// One of the small tables of a study.
    pub(crate) fn of_cells(table: &study::Table) -> Result<Table, ArrowError> {
        let batch = batch_of_cells(table)?;
        Ok(Table::new(table.name, batch.schema(), vec![batch]))
    }

    /// One row a run, read from the store when somebody wants them.
    pub(crate) fn of_runs(study: &Arc<study::Study>, store: &Arc<Mutex<Store>>) -> PyResult<Table> {
        let none = runs(study, store, 0, 0).map_err(broken)?;
        let (study, store) = (Arc::clone(study), Arc::clone(store));
        Ok(Table { name: "runs", schema: none.schema(), rows: study.jobs(), rest: Rest::Runs(study, store) })
    }

    fn reader(&self) -> Box<dyn RecordBatchReader + Send> {
        let schema = Arc::clone(&self.schema);
        match &self.rest {
            // Arrays are counted references: this copies none of them.
            Rest::Batches(batches) => {
                Box::new(RecordBatchIterator::new(batches.clone().into_iter().map(Ok), schema))
            }
            Rest::Runs(study, store) => {
                let (study, store) = (Arc::clone(study), Arc::clone(store));
                let firsts = (0..study.jobs()).step_by(RUNS_TOGETHER as usize);
                let batches = firsts.map(move |first| runs(&study, &store, first, RUNS_TOGETHER));
                Box::new(RecordBatchIterator::new(batches, schema))
            }
        }
    }
}

#[pymethods]
impl Table {
    /// Its name, which is also the name of its file in an output folder.
    #[getter]
    fn name(&self) -> &'static str {
        self.name
    }

    /// Names of its columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.rows as usize
    }

    fn __repr__(&self) -> String {
        format!("<ratchet.Table {}: {} rows, {} columns>", self.name, self.rows, self.schema.fields().len())
    }

    /// The Arrow C stream of its batches, in a capsule.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // Another layout is a wish that a producer need not fulfil.
        drop(requested_schema);
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(self.reader()), c"arrow_array_stream")
    }

    /// The Arrow C schema, in a capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref()).map_err(broken)?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// As a `pyarrow.Table`, sharing memory.
    fn to_arrow<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        py.import("pyarrow")?.call_method1("table", (slf,))
    }

    /// As a `polars.DataFrame`, sharing memory.
    fn to_polars<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        py.import("polars")?.call_method1("DataFrame", (slf,))
    }

    /// As a `pandas.DataFrame`. Whole numbers stay whole and exact decimals stay exact (`decimal.Decimal`).
    fn to_pandas<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        py.import("pyarrow")?.call_method1("table", (slf,))?.call_method0("to_pandas")
    }
}

/// An error of Arrow or of a file that should not happen.
pub(crate) fn broken(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

fn runs(
    study: &study::Study,
    store: &Mutex<Store>,
    first: u64,
    rows: u64,
) -> Result<RecordBatch, ArrowError> {
    let mut store = store.lock().map_err(|_| ArrowError::ComputeError("a reader panicked".to_owned()))?;
    let table = study::runs_between(study, &mut store, first, rows)
        .map_err(|error| ArrowError::IoError(error.to_string(), std::io::Error::other("runs")))?;
    batch_of_cells(&table)
}

/// Texts and whole numbers of 64 bits, as in the Parquet file of the same table.
fn batch_of_cells(table: &study::Table) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (place, (name, is_text)) in table.columns.iter().enumerate() {
        let cells = table.rows.iter().map(|row| &row[place]);
        if *is_text {
            let texts = cells.map(|cell| match cell {
                Cell::Text(text) => Some(text.as_str()),
                Cell::Number(_) | Cell::Empty => None,
            });
            arrays.push(Arc::new(texts.collect::<StringArray>()));
        } else {
            let numbers = cells.map(|cell| match cell {
                Cell::Number(number) => Some(*number),
                Cell::Text(_) | Cell::Empty => None,
            });
            arrays.push(Arc::new(numbers.collect::<Int64Array>()));
        }
        let kind = if *is_text { DataType::Utf8 } else { DataType::Int64 };
        fields.push(Field::new(name, kind, true));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// A column being filled.
pub(crate) enum Column {
    Text(StringBuilder),
    Whole(Vec<Option<i64>>),
    /// Exact decimals with this precision and scale, as whole numbers of the last place.
    Decimal(u8, i8, Vec<Option<i128>>),
    Instant(TimestampMicrosecondBuilder),
}

impl Column {
    pub(crate) fn text() -> Column {
        Column::Text(StringBuilder::new())
    }

    pub(crate) fn whole() -> Column {
        Column::Whole(Vec::new())
    }

    /// Money: all its decimals, up to 19 digits.
    pub(crate) fn money(decimals: u32) -> Column {
        Column::Decimal(19, decimals as i8, Vec::new())
    }

    /// Points and prices: twelve decimals.
    pub(crate) fn fine() -> Column {
        Column::Decimal(38, 12, Vec::new())
    }

    pub(crate) fn instant() -> Column {
        Column::Instant(TimestampMicrosecondBuilder::new())
    }

    pub(crate) fn put_text(&mut self, text: Option<&str>) {
        match self {
            Column::Text(builder) => builder.append_option(text),
            Column::Whole(_) | Column::Decimal(..) | Column::Instant(_) => unreachable!("a column of texts"),
        }
    }

    pub(crate) fn put(&mut self, number: Option<i128>) {
        match self {
            Column::Decimal(_, _, numbers) => numbers.push(number),
            Column::Whole(numbers) => numbers.push(number.and_then(|number| i64::try_from(number).ok())),
            Column::Instant(builder) => {
                builder.append_option(number.and_then(|number| i64::try_from(number).ok()));
            }
            Column::Text(_) => unreachable!("a column of numbers"),
        }
    }

    fn kind(&self) -> DataType {
        match self {
            Column::Text(_) => DataType::Utf8,
            Column::Whole(_) => DataType::Int64,
            Column::Decimal(precision, scale, _) => DataType::Decimal128(*precision, *scale),
            Column::Instant(_) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Column::Text(builder) => Arc::new(builder.finish()),
            Column::Whole(numbers) => Arc::new(Int64Array::from(std::mem::take(numbers))),
            Column::Decimal(precision, scale, numbers) => {
                let array = Decimal128Array::from(std::mem::take(numbers));
                let array = array.with_precision_and_scale(*precision, *scale)?;
                array.validate_decimal_precision(*precision)?;
                Arc::new(array)
            }
            Column::Instant(builder) => Arc::new(builder.finish().with_timezone("UTC")),
        })
    }
}

/// A table being filled row by row.
pub(crate) struct Rows<const N: usize> {
    name: &'static str,
    schema: SchemaRef,
    columns: [Column; N],
    count: usize,
    batches: Vec<RecordBatch>,
}

impl<const N: usize> Rows<N> {
    pub(crate) fn new(name: &'static str, columns: [(&'static str, Column); N]) -> Rows<N> {
        let fields: Vec<Field> =
            columns.iter().map(|(name, column)| Field::new(*name, column.kind(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        Rows { name, schema, columns: columns.map(|(_, column)| column), count: 0, batches: Vec::new() }
    }

    /// Adds a row: `write` puts one value into each column.
    pub(crate) fn add(&mut self, write: impl FnOnce(&mut [Column; N])) -> Result<(), ArrowError> {
        write(&mut self.columns);
        self.count += 1;
        if self.count == ROWS_TOGETHER { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), ArrowError> {
        let arrays = self.columns.iter_mut().map(Column::finish).collect::<Result<Vec<_>, _>>()?;
        debug_assert!(arrays.iter().all(|array| array.len() == self.count));
        self.batches.push(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?);
        self.count = 0;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Table, ArrowError> {
        if self.count > 0 {
            self.close()?;
        }
        Ok(Table::new(self.name, self.schema, self.batches))
    }
}
