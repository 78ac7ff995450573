"""The hand as 21 points: conventions, frames, measures, filters, and what makes joints of them."""
